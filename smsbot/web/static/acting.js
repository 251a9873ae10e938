// Escape closes "More".
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    var more = event.key === "Escape" && event.target.closest && event.target.closest("details.more-acts[open]");
    if (more) {
      more.open = false;
      more.querySelector("summary").focus();
    }
  });
})();
