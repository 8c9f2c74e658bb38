"use strict";
// The phone as scanner: what the camera reads is searched for.
(() => {
  const EVERY_MS = 150;
  const place = document.getElementById("camera");
  const hint = place.querySelector(".hint");
  const button = place.querySelector("button");
  const dialog = document.getElementById("leitor");
  const video = dialog.querySelector("video");
  const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "itf", "code_128", "qr_code"];

  if (!isSecureContext) {
    if (matchMedia("(pointer: coarse)").matches) {
      hint.textContent = "Para ler códigos com a câmera, abra esta página por HTTPS. Quem cuida do servidor sabe como.";
      place.hidden = false;
    }
    return;
  }
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  place.hidden = false;
  button.hidden = false;

  const stop = () => {
    for (const track of video.srcObject?.getTracks() || []) track.stop();
    video.srcObject = null;
  };
  dialog.addEventListener("close", stop);

  const look = async (detector) => {
    if (!video.srcObject) return;
    const [found] = video.readyState >= 2 ? await detector.detect(video).catch(() => []) : [];
    if (!found) {
      setTimeout(look, EVERY_MS, detector);
      return;
    }
    dialog.close();
    location.assign(`/painel/estoque?${new URLSearchParams({ busca: found.rawValue.trim(), lido: "1" })}`);
  };

  button.addEventListener("click", async () => {
    const known = await BarcodeDetector.getSupportedFormats();
    const detector = new BarcodeDetector({ formats: FORMATS.filter((format) => known.includes(format)) });
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      hint.textContent = "A câmera não pôde ser usada. Permita o uso dela nas configurações do navegador.";
      return;
    }
    dialog.showModal();
    await video.play();
    look(detector);
  });
})();
