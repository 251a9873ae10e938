// Keyboard all the way: j/k, Enter, a, r, e, x, /, ?. Never while typing; a switch in the help turns it off.
(() => {
  "use strict";
  const OFF = "smsbot-keys";
  const help = document.getElementById("keys-help");
  const box = document.getElementById("keys-on");
  let current = null; // the code of the row that had the keyboard last

  const isOn = () => localStorage.getItem(OFF) !== "off";
  const rows = () => [...document.querySelectorAll("li.case")];
  const link = (row) => row && row.querySelector("a");

  function here() {
    const held = document.activeElement && document.activeElement.closest("li.case");
    return held || (current && document.getElementById(`case-${current}`)) || null;
  }

  function move(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(here());
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
    current = next.dataset.code;
    link(next).focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function go(part) {
    const row = link(here());
    if (row) location.assign(row.href + part);
    else focusIn(part);
  }

  function focusIn(part) {
    const place = document.querySelector(part);
    const field = place && (place.querySelector("textarea, select, input:not([type=hidden])") || place);
    if (field) field.focus();
  }

  function take() {
    const row = here();
    const form = document.getElementById("take");
    if (!row || !form || !row.dataset.take) return;
    form.action = row.dataset.take;
    form.requestSubmit();
  }

  function pick() {
    const row = here();
    const mark = row && row.querySelector("input[type=checkbox]");
    if (mark) mark.click();
  }

  // A page that is no list says what its keys do with data-key="r": fields get the focus, all else is pressed.
  function press(key) {
    const target = document.querySelector(`[data-key="${key}"]`);
    if (!target) return false;
    const hidden = target.closest("details:not([open])");
    if (hidden) hidden.open = true;
    if (target.matches("input:not([type=submit]), textarea, select")) target.focus();
    else target.click();
    return true;
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    a: take,
    r: () => go("#reply"),
    e: () => go("#resolve"),
    x: pick,
    "/": () => {
      const home = document.querySelector(".brand");
      if (home) location.assign(new URL("/search", home.href));
    },
    "?": () => help && help.showModal(),
  };

  function isTyping(target) {
    return target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
    if (!isOn() && event.key !== "?") return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    if (!press(event.key)) act();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("li.case");
    if (row) current = row.dataset.code;
  });
  for (const button of document.querySelectorAll("[data-opens-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  if (box) {
    box.checked = isOn();
    box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "on" : "off"));
  }
  // From the list straight to the reply, or to resolving
  if (["#reply", "#resolve"].includes(location.hash)) focusIn(location.hash);
})();
