// Registers the service worker once the page has loaded. Browsers allow one only over https, or on
// the machine itself.
if (isSecureContext && "serviceWorker" in navigator) {
  addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" }).catch(() => {});
  });
}
