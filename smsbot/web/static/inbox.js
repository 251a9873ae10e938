// The list refreshes itself, counts down, and rings for emergencies. Without this script it is a plain page.
(() => {
  "use strict";
  const home = document.getElementById("live");
  if (!home) return;
  const news = document.getElementById("news");
  const originals = new WeakMap(); // a row's markup as it came, before times ran
  const title = document.title.replace(/^\(\d+\) /, "");
  let skew = 0;
  let waiting = null; // an update that waits until the person lets go
  let waitingSince = 0;
  let isAsking = false;
  let isPressed = false;

  const list = () => document.getElementById("list");
  const rows = (root) => [...root.querySelectorAll("li.case")];

  // ---- what runs: the time left
  function left(seconds) {
    const span = Math.abs(seconds);
    const minutes = Math.floor(span / 60);
    let text;
    if (minutes < 10 && seconds >= 0) text = `${minutes}:${String(Math.floor(span % 60)).padStart(2, "0")}`;
    else if (minutes < 1) text = "just";
    else if (minutes < 60) text = `${minutes} min`;
    else if (minutes < 48 * 60) text = `${Math.floor(minutes / 60)} h`;
    else text = `${Math.floor(minutes / 1440)} d`;
    return `${text} ${seconds < 0 ? "overdue" : "left"}`;
  }

  function run() {
    for (const time of list().querySelectorAll("time[data-left]")) {
      const text = left((Date.parse(time.dateTime) - (Date.now() + skew)) / 1000);
      if (time.textContent !== text) time.textContent = text;
      time.classList.toggle("late", text.endsWith("overdue"));
    }
  }

  // ---- what changes: take over the server's list, and leave to the person what is theirs
  function known(root) {
    return new Map(rows(root).map((row) => [row.dataset.code, Number(row.dataset.rank)]));
  }

  function tell(before, after) {
    const fresh = [];
    for (const row of rows(after)) {
      const was = before.get(row.dataset.code);
      const rank = Number(row.dataset.rank);
      if (was !== undefined && was >= rank) continue;
      fresh.push(row.dataset.code);
    }
    return fresh;
  }

  function mark(codes) {
    for (const code of codes) {
      const row = document.getElementById(`case-${code}`);
      if (!row) continue;
      row.classList.add("fresh");
      setTimeout(() => row.classList.remove("fresh"), 20000);
    }
    if (!codes.length) return;
    const spoken = codes.slice(0, 3).map((code) => {
      const row = document.getElementById(`case-${code}`);
      return `${row.querySelector(".urgency").textContent}, case ${code}`;
    });
    const further = codes.length > 3 ? `, and ${codes.length - 3} more` : "";
    news.textContent = `New or more urgent: ${spoken.join("; ")}${further}`;
  }

  // What the person looks at stays where it is: the row with the keyboard, else the first whole one.
  function anchor(held) {
    const isSeen = (one) => one.getBoundingClientRect().top >= 0 && one.getBoundingClientRect().top < innerHeight;
    const own = held && held.closest("li.case");
    if (window.scrollY < 80 && !(own && isSeen(own))) return null;
    const row = own && isSeen(own) ? own : rows(list()).find(isSeen);
    return row ? { id: row.id, top: row.getBoundingClientRect().top } : null;
  }

  function replaceList(fresh) {
    const old = list();
    const before = known(old);
    const held = document.activeElement && old.contains(document.activeElement) ? document.activeElement : null;
    const place = held ? rows(old).indexOf(held.closest("li.case")) : -1;
    const spot = anchor(held);
    const strips = [...old.querySelectorAll(".filters ul")].map((one) => one.scrollLeft);
    for (const row of rows(fresh)) {
      const markup = row.outerHTML;
      originals.set(row, markup);
      const same = document.getElementById(row.id);
      if (!same || !old.contains(same)) continue;
      if (originals.get(same) === markup) {
        row.replaceWith(same);
        continue;
      }
      const box = same.querySelector("input:checked");
      const mine = row.querySelector("input[type=checkbox]");
      if (box && mine) mine.checked = mine.value === box.value; // what changed must be looked at anew
      if (same.classList.contains("fresh")) row.classList.add("fresh");
    }
    const codes = old.dataset.place === fresh.dataset.place ? tell(before, fresh) : [];
    old.replaceWith(fresh);
    fresh.querySelectorAll(".filters ul").forEach((one, index) => (one.scrollLeft = strips[index] || 0));
    if (held) refocus(held, place);
    if (spot) {
      const row = document.getElementById(spot.id);
      if (row) window.scrollBy(0, row.getBoundingClientRect().top - spot.top);
    }
    settle();
    mark(codes);
  }

  function refocus(held, place) {
    let target = held.id && document.getElementById(held.id);
    if (!target && place >= 0) {
      const now = rows(list());
      const row = now[Math.min(place, now.length - 1)];
      target = row && row.querySelector("a");
    }
    if (target) target.focus({ preventScroll: true });
  }

  function settle() {
    const now = Date.parse(list().dataset.now);
    if (!Number.isNaN(now)) skew = now - Date.now();
    const loose = Number(list().dataset.loose);
    document.title = loose ? `(${loose}) ${title}` : title;
    document.dispatchEvent(
      new CustomEvent("smsbot:emergencies", { detail: list().dataset.emergencies.split(" ").filter(Boolean) }),
    );
    run();
    document.dispatchEvent(new CustomEvent("smsbot:list"));
  }

  function isBusy() {
    const chosen = window.getSelection();
    const selects = chosen && !chosen.isCollapsed && list().contains(chosen.anchorNode);
    return isPressed || (selects && Date.now() - waitingSince < 20000);
  }

  function offer(markup) {
    const page = new DOMParser().parseFromString(markup, "text/html");
    const fresh = page.getElementById("list");
    if (!fresh) return;
    if (!waiting) waitingSince = Date.now();
    waiting = document.importNode(fresh, true);
    apply();
  }

  function apply() {
    if (!waiting || isBusy()) return;
    const fresh = waiting;
    waiting = null;
    replaceList(fresh);
  }

  // ---- what asks
  async function ask() {
    apply();
    if (isAsking) return;
    isAsking = true;
    try {
      const address = new URL(home.dataset.poll, location.href);
      address.searchParams.set("since", (waiting || list()).dataset.version);
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, cache: "no-store" });
      const elsewhere = answer.headers.get("HX-Redirect");
      if (answer.status === 401 && elsewhere) {
        location.assign(`${elsewhere}?next=${encodeURIComponent(location.pathname + location.search)}`);
        return;
      }
      if (answer.status === 200) offer(await answer.text());
      reach(answer.ok);
    } catch {
      reach(false);
    } finally {
      isAsking = false;
    }
  }

  let failures = 0;
  function reach(isReached) {
    failures = isReached ? 0 : failures + 1;
    document.getElementById("cut-off").hidden = failures < 3;
  }

  for (const row of rows(list())) originals.set(row, row.outerHTML);
  addEventListener("pointerdown", () => (isPressed = true));
  for (const name of ["pointerup", "pointercancel", "blur"]) {
    addEventListener(name, () => setTimeout(() => (isPressed = false), 50));
  }
  settle();
  setInterval(run, 1000);
  try {
    new Worker(home.dataset.tick).onmessage = ask;
  } catch {
    setInterval(ask, 1500);
  }
  addEventListener("pageshow", (event) => event.persisted && ask());
})();
