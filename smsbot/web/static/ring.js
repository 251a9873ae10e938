// Rings for emergencies this device has not shown yet: a sound and a notification, if the person allowed them.
(() => {
  "use strict";
  const panel = document.getElementById("ring");
  if (!panel) return;
  const SEEN = "smsbot-emergencies"; // codes only, in this tab only
  const sound = document.getElementById("ring-sound");
  const note = document.getElementById("ring-note");
  const said = document.getElementById("ring-said");
  const canNotify = "Notification" in window;
  let audio = null;

  const chosen = (name) => localStorage.getItem(`smsbot-${name}`) === "on";
  const choose = (name, isOn) => localStorage.setItem(`smsbot-${name}`, isOn ? "on" : "off");

  function wake() {
    audio = audio || new AudioContext();
    if (audio.state === "suspended") audio.resume().then(show, () => {});
  }

  function chime() {
    if (!audio || audio.state !== "running") return;
    [880, 660, 880].forEach((pitch, step) => {
      const starts = audio.currentTime + step * 0.22;
      const tone = audio.createOscillator();
      const loudness = audio.createGain();
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0.0001, starts);
      loudness.gain.exponentialRampToValueAtTime(0.35, starts + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.0001, starts + 0.2);
      tone.connect(loudness).connect(audio.destination);
      tone.start(starts);
      tone.stop(starts + 0.21);
    });
  }

  function notify() {
    if (!canNotify || !chosen("note") || Notification.permission !== "granted") return;
    try {
      const shown = new Notification("Emergency: open the inbox", { tag: "smsbot-emergency", renotify: true });
      shown.onclick = () => window.focus();
    } catch {
      // some phones show notifications of installed apps alone
    }
  }

  function show() {
    const rings = chosen("sound");
    sound.setAttribute("aria-pressed", String(rings));
    sound.querySelector("span").textContent = rings ? "on" : "off";
    const tells = canNotify && chosen("note") && Notification.permission === "granted";
    note.setAttribute("aria-pressed", String(tells));
    note.querySelector("span").textContent = tells ? "on" : "off";
    if (rings && (!audio || audio.state !== "running")) {
      said.textContent = "The browser lets the sound play after your first click or key on this page.";
    } else if (canNotify && Notification.permission === "denied") {
      said.textContent = "This browser blocks notifications of this site: allow them in its settings.";
    } else said.textContent = "";
  }

  sound.addEventListener("click", () => {
    choose("sound", !chosen("sound"));
    if (chosen("sound")) {
      wake();
      audio.resume().then(() => { chime(); show(); }, () => {});
    }
    show();
  });
  note.addEventListener("click", async () => {
    if (chosen("note") && Notification.permission === "granted") choose("note", false);
    else choose("note", (await Notification.requestPermission()) === "granted");
    show();
  });
  document.addEventListener("smsbot:emergencies", (event) => {
    const before = sessionStorage.getItem(SEEN);
    const seen = new Set((before || "").split(" "));
    const isNew = event.detail.some((code) => !seen.has(code));
    sessionStorage.setItem(SEEN, event.detail.join(" "));
    if (before === null || !isNew) return; // the first look of this tab: they stand on the screen
    if (chosen("sound")) chime();
    notify();
  });
  if (chosen("sound")) {
    wake();
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, wake, { once: true });
  }
  note.hidden = !canNotify;
  panel.hidden = false;
  show();
})();
