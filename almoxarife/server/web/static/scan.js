"use strict";
// The phone as scanner: what the camera reads goes into a field, and on its way from there.
(() => {
  const EVERY_MS = 150;
  const WIDEST = 1280;
  const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "itf", "code_128", "qr_code"];
  const place = document.getElementById("camera");
  const hint = place.querySelector(".hint");
  const button = place.querySelector("button");
  const dialog = place.querySelector("dialog");
  const video = dialog.querySelector("video");

  if (!isSecureContext) {
    if (matchMedia("(pointer: coarse)").matches) {
      hint.textContent = "Para ler códigos com a câmera, abra esta página por HTTPS. Quem cuida do servidor sabe como.";
      place.hidden = false;
    }
    return;
  }
  if (!navigator.mediaDevices || !("BarcodeDetector" in window || "WebAssembly" in window)) return;
  place.hidden = false;
  button.hidden = false;

  const stop = () => {
    for (const track of video.srcObject?.getTracks() || []) track.stop();
    video.srcObject = null;
  };
  dialog.addEventListener("close", stop);
  dialog.querySelector("button").addEventListener("click", () => dialog.close());

  // Where the browser reads codes itself it is quicker; where it does not, a worker does.
  let reader = null;
  const prepare = async () => {
    const known = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
    if (!known.includes("ean_13")) return readByWorker();
    const detector = new BarcodeDetector({ formats: FORMATS.filter((format) => known.includes(format)) });
    return async () => (await detector.detect(video))[0]?.rawValue;
  };

  const readByWorker = () => {
    const worker = new Worker(place.dataset.worker);
    const address = (name) => new URL(place.dataset[name], location.href).href;
    worker.postMessage({ script: address("script"), wasm: address("wasm") });
    const canvas = document.createElement("canvas");
    const painter = canvas.getContext("2d", { willReadFrequently: true });
    return () => new Promise((resolve, reject) => {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      painter.drawImage(video, 0, 0, canvas.width, canvas.height);
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = reject;
      worker.postMessage({ image: painter.getImageData(0, 0, canvas.width, canvas.height) });
    });
  };

  const take = (text) => {
    const field = document.getElementById(place.dataset.field);
    if (place.dataset.address) {
      location.assign(`${place.dataset.address}?${new URLSearchParams({ [field.name]: text, lido: "1" })}`);
      return;
    }
    field.value = text;
    field.form.requestSubmit(field.form.querySelector("button[name=fazer]"));
  };

  const look = async () => {
    if (!video.srcObject) return;
    const found = video.readyState >= 2 ? await reader().catch(() => null) : null;
    if (!video.srcObject) return;
    if (!found) {
      setTimeout(look, EVERY_MS);
      return;
    }
    dialog.close();
    take(found.trim());
  };

  button.addEventListener("click", async () => {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      hint.textContent = "A câmera não pôde ser usada. Permita o uso dela nas configurações do navegador.";
      return;
    }
    dialog.showModal();
    reader ||= await prepare();
    await video.play();
    look();
  });
})();
