// Asks this device for its passkey, puts the answer into the form, and sends the form.
(function () {
  "use strict";

  const forms = document.querySelectorAll("form[data-passkey]");
  if (!window.PublicKeyCredential || !navigator.credentials) {
    document.querySelectorAll("[data-passkey-missing]").forEach((one) => { one.hidden = false; });
    return;
  }
  document.querySelectorAll("[data-passkey-only]").forEach((one) => { one.hidden = false; });

  const SAID = {
    NotAllowedError: "Nothing was unlocked: it was cancelled or took too long. Try again, or use another way.",
    InvalidStateError: "This device is trusted already.",
    SecurityError: "Passkeys do not work at this address. Open the inbox at the address your clinic gave you.",
    NotSupportedError: "This device cannot do that. Use another way.",
    ConstraintError: "This device has no screen lock. Set one up first, or use another way.",
  };

  function bytes(text) {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  }

  function text(buffer) {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function readable(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      (list || []).forEach((one) => { one.id = bytes(one.id); });
    }
    return options;
  }

  function sendable(credential) {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
  }

  async function ask(form) {
    const answer = await fetch(form.dataset.options, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
    });
    const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    if (!isJson) throw new Error("This page is too old. Reload it and try again.");
    const options = await answer.json();
    if (!answer.ok) throw new Error(options.problem);
    const publicKey = readable(options);
    return form.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
  }

  function complain(form, error) {
    const line = form.querySelector("[data-passkey-problem]");
    const isOffline = error instanceof TypeError;
    line.textContent = SAID[error.name] || (isOffline ? "No connection. Check it and try again." : error.message);
    line.hidden = false;
  }

  forms.forEach((form) => {
    const button = form.querySelector("button[type=submit]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      form.querySelector("[data-passkey-problem]").hidden = true;
      button.disabled = true;
      try {
        form.elements.credential.value = sendable(await ask(form));
        form.submit();
      } catch (error) {
        complain(form, error);
        button.disabled = false;
      }
    });
  });
})();
