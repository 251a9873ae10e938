// How many cases are chosen, and the bar that resolves them.
(() => {
  "use strict";
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const count = document.getElementById("bulk-count");
  const boxes = () => [...document.querySelectorAll('input[form="bulk"]')];

  function show() {
    const chosen = boxes().filter((box) => box.checked).length;
    bar.hidden = chosen === 0;
    count.textContent = chosen === 1 ? "1 case chosen" : `${chosen} cases chosen`;
  }

  document.addEventListener("change", (event) => event.target.matches('input[form="bulk"]') && show());
  document.addEventListener("smsbot:list", show);
  bar.querySelector("[data-clear]").addEventListener("click", () => {
    for (const box of boxes()) box.checked = false;
    show();
    const first = document.querySelector("li.case a");
    if (first) first.focus({ preventScroll: true });
  });
  bar.querySelector("[data-clear]").hidden = false;
  show();
})();
