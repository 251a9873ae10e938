// What script adds to a case: folding on a phone, printing unfolded, who writes, drafts that are kept.
(function () {
  "use strict";
  var presence = document.getElementById("presence");
  var isNarrow = window.matchMedia("(max-width: 40rem)").matches;

  function all(selector, act) { document.querySelectorAll(selector).forEach(act); }
  function fold() { if (isNarrow) { all("details.fold", function (one) { one.open = false; }); } }
  fold();

  // on paper everything is open
  var opened = [];
  window.addEventListener("beforeprint", function () {
    all("details:not([open])", function (one) { one.open = true; opened.push(one); });
  });
  window.addEventListener("afterprint", function () {
    opened.splice(0).forEach(function (one) { one.open = false; });
  });
  all(".print-it", function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // Escape hides the reason of a piece of evidence until the next move
  function quiet(isQuiet) { document.body.classList.toggle("is-quiet", isQuiet); }
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { quiet(true); } });
  ["mouseover", "focusin"].forEach(function (kind) {
    document.addEventListener(kind, function (event) { if (event.target.closest("mark")) { quiet(false); } });
  });

  if (!presence) { return; }
  var token = presence.elements.csrf_token.value;
  var typedAt = 0, timer = 0, underWay = null, isSending = false;

  function replyField() { return document.querySelector("form[action$='/reply'] textarea[name='words']"); }
  function isWriting() {
    var field = replyField();
    return Boolean(field && field.value.trim() && Date.now() - typedAt < 10000);
  }
  function body(fields) {
    var data = new FormData();
    data.append("csrf_token", token);
    Object.keys(fields).forEach(function (name) { data.append(name, fields[name]); });
    return data;
  }

  // a tab that nobody sees is not "here"
  document.addEventListener("htmx:configRequest", function (event) {
    if (event.detail.elt === presence) { event.detail.parameters.writing = isWriting() ? "1" : ""; }
  });
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.detail.elt === presence && document.hidden) { event.preventDefault(); }
  });
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && window.htmx) { window.htmx.trigger(presence, "look"); }
  });
  // new texts were put in without touching the reply: from now on these count as seen
  document.addEventListener("htmx:afterSettle", function (event) {
    var target = event.detail.target, thread = document.getElementById("thread");
    if (!thread || !target || target.id !== "thread") { return; }
    all("input[name='seen']", function (field) { field.value = thread.dataset.seen; });
    fold();
    if (window.htmx) { window.htmx.trigger(presence, "look"); }
  });

  // drafts
  function note(words) {
    var field = replyField(), place = document.getElementById("draft-note");
    if (!place && field) {
      place = document.createElement("p");
      place.id = "draft-note"; place.className = "draft-note no-print"; place.setAttribute("role", "status");
      field.insertAdjacentElement("afterend", place);
    }
    if (place) { place.textContent = words; }
  }
  note(""); // its line is there from the start: the button below it must not move under a thumb
  function keep() {
    var field = replyField();
    timer = 0;
    if (!field || isSending) { return; }
    underWay = new AbortController();
    fetch(presence.dataset.draft, { method: "POST", body: body({ words: field.value }), signal: underWay.signal, redirect: "error" })
      .then(function (answer) {
        if (!answer.ok) { throw new Error("not kept"); }
        note(field.value.trim() ? "Kept as a draft." : "");
      })
      .catch(function (problem) {
        if (problem.name !== "AbortError") { note("This draft is not kept: copy it before you leave the page."); }
      });
  }
  document.addEventListener("input", function (event) {
    if (event.target !== replyField()) { return; }
    typedAt = Date.now();
    if (timer) { window.clearTimeout(timer); }
    timer = window.setTimeout(keep, 1000);
  });
  document.addEventListener("submit", function (event) {
    if (!replyField() || event.target !== replyField().form) { return; }
    isSending = true;
    window.clearTimeout(timer);
    if (underWay) { underWay.abort(); }
  });
  window.addEventListener("pagehide", function () {
    var field = replyField();
    if (timer && field && !isSending) { navigator.sendBeacon(presence.dataset.draft, body({ words: field.value })); }
    navigator.sendBeacon(presence.dataset.leave, body({ leaving: "1" }));
  });
  window.addEventListener("pageshow", function () { isSending = false; });
}());
