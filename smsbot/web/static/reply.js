// Adds to the reply form: the length as one types, saved replies without a round trip, the countdown of Undo;
// to the chart: copying to the clipboard; to a call: hiding that one's phone rings. Everything works without it too.
(() => {
  "use strict";
  if (window.smsbotReply) return;
  window.smsbotReply = true;

  const PAUSE = 300; // ms of no typing before the server is asked to count
  let timer = 0;
  let asked = 0;

  function countSoon(form) {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => countNow(form), PAUSE);
  }

  async function countNow(form) {
    const mine = ++asked;
    const fields = new FormData();
    for (const name of ["csrf_token", "words"]) fields.set(name, form.elements[name].value);
    try {
      const answer = await fetch(form.dataset.count, {
        method: "POST", body: fields, credentials: "same-origin", headers: { "HX-Request": "true" },
      });
      if (!answer.ok || mine !== asked) return; // a later count is under way
      const line = form.querySelector(".reply-counted");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine === asked) line.replaceChildren(...page.body.childNodes);
    } catch { /* the server counts again when the text is sent */ }
  }

  function pick(button) {
    const form = button.form;
    const box = form.elements.words;
    const before = box.value.trimEnd();
    box.value = before ? before + " " + button.dataset.words : button.dataset.words;
    const blank = box.value.search(/\[[a-z ]+\]/);
    box.focus();
    if (blank >= 0) box.setSelectionRange(blank, box.value.indexOf("]", blank) + 1);
    box.dispatchEvent(new Event("input", { bubbles: true })); // the draft is kept, the length counted
    button.closest("details").open = false;
  }

  function countDown() {
    for (const box of document.querySelectorAll(".reply-leaving[data-seconds]:not(.is-gone)")) {
      box.until ??= performance.now() + Number(box.dataset.seconds) * 1000;
      const left = Math.ceil((box.until - performance.now()) / 1000);
      if (left > 0) { box.querySelector(".reply-seconds").textContent = left; continue; }
      const hadFocus = box.contains(document.activeElement);
      box.classList.add("is-gone");
      box.querySelector("form")?.remove();
      box.querySelector("p").textContent = "Your text leaves now.";
      if (hadFocus) document.getElementById("words")?.focus({ preventScroll: true });
    }
  }

  async function copyChart(link) {
    const form = link.closest(".chart-copy").querySelector("form");
    const said = link.closest(".chart").querySelector(".chart-said");
    const text = fetch(link.dataset.copy, { credentials: "same-origin" }).then((answer) => {
      if (!answer.ok || !answer.headers.get("Content-Type").startsWith("text/plain")) throw new Error("no text");
      return answer.blob();
    });
    try {
      // the promise goes in whole: some browsers forget the click while the text is on its way
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
    } catch {
      window.location = link.href; // the page with the text to select
      return;
    }
    said.textContent = "Copied. Marking it as charted…";
    form.submit();
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.(".reply-form");
    if (form && event.target.name === "words") countSoon(form);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".reply-pick[data-words]");
    if (button) { event.preventDefault(); pick(button); return; }
    const link = event.target.closest?.("a[data-copy]");
    if (link && navigator.clipboard && window.ClipboardItem) { event.preventDefault(); copyChart(link); }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.(".reply-form");
    if (!form || event.submitter?.classList.contains("reply-pick")) return;
    if (form.dataset.sent) event.preventDefault(); // a second click; the server would drop it too
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll(".reply-form[data-sent]")) delete form.dataset.sent;
  });
  const rings = document.querySelector(".call-rings");
  if (rings) {
    window.setTimeout(() => rings.remove(), 25000); // nobody's phone rings longer
    rings.querySelector("a").addEventListener("click", (event) => { event.preventDefault(); rings.remove(); });
  }
  window.setInterval(countDown, 250);
})();
