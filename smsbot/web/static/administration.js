/* Writing into "another time" chooses it; choosing it goes there. Everything works without. */
document.querySelectorAll("[data-other]").forEach((choice) => {
  const field = document.getElementById(choice.dataset.other);
  field.addEventListener("input", () => { choice.checked = true; });
  choice.addEventListener("change", () => { if (choice.checked) field.focus(); });
});
