// A button that copies a field. Without script the field can be marked and copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = document.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Not copied: mark the link and copy it by hand.";
    }
  });
}
