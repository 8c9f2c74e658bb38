"use strict";
// Reads codes in pictures, for browsers that cannot. Only here may WebAssembly run: no page allows it.
const FORMATS = ["EAN13", "EAN8", "UPCA", "UPCE", "ITF", "Code128", "QRCode"];

addEventListener("message", async ({ data }) => {
  if (data.script) {
    importScripts(data.script);
    ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => data.wasm } });
    return;
  }
  const [found] = await ZXingWASM.readBarcodes(data.image, { formats: FORMATS, maxNumberOfSymbols: 1 });
  postMessage(found ? found.text : "");
});
