"use strict";
(() => {
  const element = (id) => document.getElementById(id);
  const model = JSON.parse(element("model").textContent);
  const side = model.side;

  // ---- the generator, in a thread of its own ----
  const text = atob(element("weights").textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  element("weights").textContent = "";
  const source = new Blob([element("worker").textContent], { type: "text/javascript" });
  const say = (words) => (element("status").textContent = words);
  // What turns a list of numbers into a picture, in a thread of its own.
  function thread(about, numbers) {
    const worker = new Worker(URL.createObjectURL(source));
    worker.postMessage({ ...about, numbers }, [numbers]);
    const waiting = new Map();
    let requests = 0;
    worker.onmessage = ({ data }) => {
      waiting.get(data.id)(data);
      waiting.delete(data.id);
    };
    worker.onerror = (event) => say(`The generator stopped: ${event.message}`);
    return (input) =>
      new Promise((resolve) => {
        waiting.set(++requests, resolve);
        worker.postMessage({ id: requests, input: Float32Array.from(input) });
      });
  }
  const first = model.sharpen ? 4 * model.sharpen.first : bytes.length;
  const ask = thread({ model }, bytes.buffer.slice(0, first));
  const large = side * (model.sharpen ? model.sharpen.factor : 1);
  const sharpen = model.sharpen && thread({ sharpen: { side, factor: model.sharpen.factor } }, bytes.buffer.slice(first));
  // For scripts: a latent vector to side * side * 3 values from -1 to 1, row by row, red, green, blue.
  window.purrtrait = { model, render: async (z) => (await ask(z)).picture, time: async (z) => (await ask(z)).ms };
  // Such a picture to large * large * 3 bytes.
  if (sharpen) window.purrtrait.sharpen = async (picture) => (await sharpen(picture)).picture;

  // ---- latent space ----
  function normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
    return radius * Math.cos(2 * Math.PI * Math.random());
  }
  // Abramowitz and Stegun 7.1.26, error below 1.5e-7.
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return Math.sign(x) * (1 - sum * Math.exp(-x * x));
  }
  const draw = () => Array.from({ length: model.latent_size }, normal);
  let corners = [draw(), draw(), draw(), draw()];
  // Weights whose squares sum to 1 keep a mixture of normal vectors a normal vector: nothing fades in the middle.
  function latent(x, y) {
    const parts = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
    const length = Math.hypot(...parts);
    const psi = Number(element("strength").value) / 100;
    return corners[0].map((_, i) => {
      const g = (psi * parts.reduce((sum, part, c) => sum + part * corners[c][i], 0)) / length;
      return model.latent === "uniform" ? erf(g / Math.SQRT2) : g;
    });
  }

  // ---- drawing ----
  const toByte = (value) => Math.round((value + 1) * 127.5);
  function paint(canvas, values, size, byte) {
    if (canvas.width !== size) canvas.width = canvas.height = size;
    const image = new ImageData(size, size);
    for (let p = 0, from = 0; p < size * size; p++) {
      for (let c = 0; c < 3; c++) image.data[4 * p + c] = byte(values[from++]);
      image.data[4 * p + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  const at = { x: 0.5, y: 0.5 };
  let busy = false;
  let stale = false;
  let generation = 0;
  let resting = 0;
  let shown = null;
  // A picture that stays is sharpened: while one drags, the next one comes sooner.
  function rest(picture) {
    clearTimeout(resting);
    shown = picture;
    if (!sharpen || !element("sharpen").checked) return;
    resting = setTimeout(async () => {
      const { picture: sharp } = await sharpen(picture);
      if (shown === picture && element("sharpen").checked) paint(element("picture"), sharp, large, (value) => value);
    }, 150);
  }
  // While one picture is computed only the newest point is remembered.
  async function show() {
    element("dot").style.left = `${at.x * 100}%`;
    element("dot").style.top = `${at.y * 100}%`;
    stale = true;
    if (busy) return;
    busy = true;
    while (stale) {
      stale = false;
      const { picture, ms } = await ask(latent(at.x, at.y));
      paint(element("picture"), picture, side, toByte);
      rest(picture);
      say(`${Math.round(at.x * 100)} across, ${Math.round(at.y * 100)} down · ${ms.toFixed(0)} ms`);
    }
    busy = false;
  }

  // Small pictures behind the pad show where what lies. The main picture goes first.
  const MAP = 5;
  const tiles = Array.from({ length: MAP * MAP }, () => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = side;
    element("map").append(tile);
    return tile;
  });
  async function fillMap() {
    const mine = ++generation;
    for (let i = 0; i < tiles.length; i++) {
      while (busy) await new Promise((resolve) => setTimeout(resolve, 30));
      const { picture } = await ask(latent(((i % MAP) + 0.5) / MAP, (Math.floor(i / MAP) + 0.5) / MAP));
      if (mine !== generation) return;
      paint(tiles[i], picture, side, toByte);
    }
  }

  function renew() {
    corners = [draw(), draw(), draw(), draw()];
    show();
    fillMap();
  }

  // ---- controls ----
  const pad = element("pad");
  const clamp = (v) => Math.min(1, Math.max(0, v));
  function follow(event) {
    const box = pad.getBoundingClientRect();
    at.x = clamp((event.clientX - box.left) / box.width);
    at.y = clamp((event.clientY - box.top) / box.height);
    show();
  }
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (event.buttons) follow(event);
  });
  const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  pad.addEventListener("keydown", (event) => {
    const step = keys[event.key];
    if (!step) return;
    event.preventDefault();
    const size = event.shiftKey ? 0.1 : 0.02;
    at.x = clamp(at.x + step[0] * size);
    at.y = clamp(at.y + step[1] * size);
    show();
  });
  element("random").addEventListener("click", renew);
  element("strength").addEventListener("input", () => {
    element("strength-value").textContent = `${element("strength").value} %`;
    show();
  });
  element("strength").addEventListener("change", fillMap);
  if (sharpen) {
    element("sharpen").checked = model.sharpen.on;
    element("sharpen-row").hidden = false;
    element("sharpen").addEventListener("change", show);
  }
  element("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = element("picture").toDataURL("image/png");
    link.download = "cat.png";
    link.click();
  });

  element("picture").width = element("picture").height = side;
  element("about").textContent =
    `Model ${model.hash}${model.step ? `, step ${model.step.toLocaleString("en")}` : ""} · ${side} × ${side} px` +
    `${sharpen ? `, sharpened ${large} × ${large} px` : ""} · ` +
    "everything runs in this page, nothing is sent anywhere" + (model.notice ? ` · ${model.notice}` : "");
  show();
  fillMap();
})();
