// Le moniteur d'entraînement : images à z fixé, courbes, boutons et curseurs.
//
// La page ne sait rien du noyau. Elle reçoit l'état entier à chaque dessin (le dernier gagne) et envoie ses commandes à
// un seul objet :
//   source.send(command)  {ask: "pause" | "resume" | "stop"} ou {ask: "change", name, position} -> Promise, tenue dès que
//                         la commande est entendue ; elle échoue si elle est refusée
//   source.patience       secondes après lesquelles une commande que rien n'entend le dit

const COLOURS = { real: "--tm-real", generated: "--tm-generated", critic: "--tm-critic", prior: "--tm-guide" };
const CHART = { width: 228, height: 112, left: 44, right: 4, top: 4, bottom: 18 };
const SLIDER_KEYS = /^(Arrow|Page|Home|End)/; // JupyterLab les prendrait pour changer de cellule
const UNHEARD =
  "Ce noyau ne lira les boutons qu'à la fin de la cellule. Pour arrêter maintenant : menu du noyau, Interrompre ; rien ne sera perdu.";

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const floats = (view) => new Float32Array(bytesOf(view).slice().buffer);
const decimal = (value) =>
  value.toLocaleString("fr-FR", { maximumSignificantDigits: 3 }).replace("-", "−");

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Un canevas net quelle que soit la densité de l'écran ; rend sa plume, en pixels de la page. */
function penOf(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}

/** Une courbe : la moyenne en foncé, les extrêmes en clair, un pointillé à chaque changement de réglage. */
function drawCurve(canvas, curve, marks, css) {
  const { width, height, left, right, top, bottom } = CHART;
  const pen = penOf(canvas, width, height);
  const [x, mean, low, high] = ["x", "mean", "low", "high"].map((name) => floats(curve[name]));
  const [y0, y1] = curve.bounds;
  const last = Math.max(x[x.length - 1], 2);
  const toX = (step) => left + ((step - 1) / (last - 1)) * (width - left - right);
  const toY = (value) => top + ((y1 - value) / (y1 - y0)) * (height - top - bottom);
  pen.strokeStyle = css("--tm-line");
  pen.strokeRect(left + 0.5, top + 0.5, width - left - right - 1, height - top - bottom - 1);
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width - left - right, height - top - bottom);
  pen.clip();
  const colour = css(COLOURS[curve.colour]);
  pen.fillStyle = colour;
  pen.globalAlpha = 0.2;
  pen.beginPath();
  x.forEach((step, i) => pen.lineTo(toX(step), toY(high[i])));
  for (let i = x.length - 1; i >= 0; i -= 1) pen.lineTo(toX(x[i]), toY(low[i]));
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.8;
  pen.beginPath();
  x.forEach((step, i) => pen.lineTo(toX(step), toY(mean[i])));
  pen.stroke();
  pen.strokeStyle = css("--tm-guide");
  pen.lineWidth = 1;
  pen.setLineDash([2, 3]);
  for (const [step] of marks) {
    pen.beginPath();
    pen.moveTo(toX(step), top);
    pen.lineTo(toX(step), height - bottom);
    pen.stroke();
  }
  pen.restore();
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = css("--tm-soft");
  pen.textAlign = "right";
  pen.textBaseline = "top";
  pen.fillText(decimal(y1), left - 5, top);
  pen.textBaseline = "bottom";
  pen.fillText(decimal(y0), left - 5, height - bottom);
  pen.fillText(`pas ${Math.round(last)}`, width - right, height - 1);
  pen.textAlign = "left";
  pen.fillText("1", left, height - 1);
}

/** Les points tirés (croix) sur les vrais (ronds), à la même échelle dans les deux sens. */
function drawPoints(canvas, real, drawn, css) {
  const side = 300;
  const pen = penOf(canvas, side, side);
  const reach = 1.25 * (real ?? drawn).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const at = (value, flip) => side / 2 + (((flip ? -1 : 1) * value) / reach) * (side / 2);
  pen.strokeStyle = css("--tm-line");
  pen.strokeRect(0.5, 0.5, side - 1, side - 1);
  pen.fillStyle = css("--tm-real");
  for (let i = 0; real && i < real.length; i += 2) {
    pen.beginPath();
    pen.arc(at(real[i]), at(real[i + 1], true), 1.8, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.strokeStyle = css("--tm-generated");
  pen.lineWidth = 1.3;
  pen.beginPath();
  for (let i = 0; i < drawn.length; i += 2) {
    const [x, y] = [at(drawn[i]), at(drawn[i + 1], true)];
    pen.moveTo(x - 2.5, y - 2.5), pen.lineTo(x + 2.5, y + 2.5);
    pen.moveTo(x - 2.5, y + 2.5), pen.lineTo(x + 2.5, y - 2.5);
  }
  pen.stroke();
}

/** Un curseur sur une liste de valeurs ; au plus une commande en route, la dernière position gagne. */
function createKnob(knob, send) {
  const input = element("input", { type: "range", min: "0", max: String(knob.texts.length - 1), step: "1", "aria-label": knob.label });
  const output = element("output", { className: "tm-value" });
  const row = element("label", { className: "tm-knob" }, element("span", {}, knob.label), input, output);
  input.addEventListener("keydown", (event) => SLIDER_KEYS.test(event.key) && event.stopPropagation());
  let [busy, waiting, shown] = [false, null, 0];
  function show(position) {
    shown = position;
    input.value = String(position);
    output.textContent = knob.texts[position];
    input.setAttribute("aria-valuetext", knob.texts[position]);
  }
  input.addEventListener("input", async () => {
    waiting = Number(input.value);
    const before = shown;
    show(waiting);
    if (busy) return;
    busy = true;
    while (waiting !== null) {
      const position = waiting;
      waiting = null;
      if (!(await send({ ask: "change", name: knob.name, position }))) show(before);
    }
    busy = false;
  });
  return { row, input, follow: (position) => !busy && show(position) };
}

export function createTrainingMonitor(el, scene, source) {
  const progress = element("progress", { "aria-label": "Avancement de l'entraînement" });
  const readout = element("span", { className: "tm-readout" });
  const speed = element("span", { className: "tm-speed" });
  const spoken = element("p", { className: "tm-spoken", role: "status", "aria-live": "polite" });
  const message = element("p", { className: "tm-message", role: "alert" });
  const pause = element("button", { type: "button", textContent: "Pause" });
  const stop = element("button", { type: "button", textContent: "Arrêter" });
  const picture = scene.kind === "images"
    ? element("img", { alt: scene.caption, className: "tm-sheet" })
    : element("canvas", { role: "img", "aria-label": `${scene.caption} : points tirés (croix) et vrais points (ronds)` });
  const charts = element("div", { className: "tm-charts" });
  const changes = element("p", { className: "tm-changes" });
  const knobs = new Map(scene.knobs.map((knob) => [knob.name, createKnob(knob, send)]));
  const root = element("div", { className: "lotus-monitor", role: "group", "aria-label": scene.title, "data-lm-suppress-shortcuts": "true" },
    element("div", { className: "tm-title", role: "heading", "aria-level": "3" }, scene.title),
    element("div", { className: "tm-line" }, pause, stop, progress, readout, speed),
    message,
    element("div", { className: "tm-body" },
      element("figure", {}, element("figcaption", {}, scene.caption), picture),
      element("div", { className: "tm-right" }, charts, changes)),
    element("div", { className: "tm-knobs" }, ...[...knobs.values()].map(({ row }) => row)),
    spoken);
  el.append(root);
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const real = scene.real ? floats(scene.real) : null;
  let [state, bytes, url, unheard] = [null, null, null, false];

  /** Envoie une commande ; rend faux si elle est refusée. */
  async function send(command) {
    const timer = setTimeout(() => {
      unheard = true;
      tell();
    }, source.patience * 1000);
    try {
      await source.send(command);
      message.dataset.refused = "";
      return true;
    } catch (error) {
      message.dataset.refused = error.message;
      return false;
    } finally {
      clearTimeout(timer);
      unheard = false;
      tell();
    }
  }

  function tell() {
    const moving = state && (state.status === "running" || state.status === "paused");
    const text = message.dataset.refused || state?.problem || (unheard && moving ? UNHEARD : "");
    if (message.textContent !== text) message.textContent = text;
  }

  /** Le bouton reste atteignable au clavier pendant que la commande attend la fin du pas en cours. */
  async function press(button, ask, waiting) {
    if (button.getAttribute("aria-busy") === "true") return;
    const label = button.textContent;
    button.textContent = waiting;
    button.setAttribute("aria-busy", "true");
    if (!(await send({ ask }))) free(button, label);
  }
  function free(button, label) {
    button.textContent = label;
    button.setAttribute("aria-busy", "false");
  }
  pause.addEventListener("click", () =>
    state.status === "paused" ? press(pause, "resume", "Reprise…") : press(pause, "pause", "Pause…"));
  stop.addEventListener("click", () => press(stop, "stop", "Arrêt…"));

  function showState(next) {
    const changed = !state || state.status !== next.status;
    state = next;
    root.dataset.status = next.status;
    root.dataset.index = String(next.index);
    const moving = next.status === "running" || next.status === "paused";
    if (changed) {
      free(pause, next.status === "paused" ? "Reprendre" : "Pause");
      free(stop, "Arrêter");
      pause.disabled = stop.disabled = !moving;
      spoken.textContent = next.progress;
    }
    progress.max = Math.max(1, next.total);
    progress.value = next.index;
    readout.textContent = next.progress;
    speed.textContent = next.speed;
    for (const [name, knob] of knobs) {
      knob.follow(next.positions[name]);
      knob.row.hidden = next.hidden.includes(name);
    }
    changes.replaceChildren(...next.marks.slice(-3).map(([step, text]) => element("span", {}, `pas ${step}, ${text}`)));
    drawCharts();
    tell();
  }

  function drawCharts() {
    root.classList.toggle("dark", isDark());
    if (!state) return;
    while (charts.children.length < state.curves.length) {
      const canvas = element("canvas", { role: "img" });
      charts.append(element("figure", {}, element("figcaption"), canvas));
    }
    state.curves.forEach((curve, i) => {
      const [caption, canvas] = charts.children[i].children;
      caption.textContent = curve.label;
      caption.style.color = css(COLOURS[curve.colour]);
      canvas.setAttribute("aria-label", `Courbe, ${curve.label}, au pas ${state.index}`);
      drawCurve(canvas, curve, state.marks, css);
    });
    if (bytes && scene.kind === "points") drawPoints(picture, real, floats(bytes), css);
  }

  function showPicture(view) {
    if (!view || !view.byteLength) return;
    bytes = view;
    if (scene.kind === "points") return drawPoints(picture, real, floats(bytes), css);
    const fresh = URL.createObjectURL(new Blob([bytesOf(bytes)], { type: "image/jpeg" }));
    picture.onload = () => URL.revokeObjectURL(fresh);
    picture.src = url = fresh;
  }

  // Le thème de Jupyter, sinon celui du système
  const system = matchMedia("(prefers-color-scheme: dark)");
  function isDark() {
    const jupyter = document.body.dataset.jpThemeLight;
    return jupyter ? jupyter === "false" : document.body.classList.contains("vscode-dark") || system.matches;
  }
  const observer = new MutationObserver(drawCharts);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  system.addEventListener("change", drawCharts);
  requestAnimationFrame(drawCharts); // la feuille de style s'applique une fois `el` dans la page

  return {
    showState,
    showPicture,
    remove() {
      observer.disconnect();
      system.removeEventListener("change", drawCharts);
      if (url) URL.revokeObjectURL(url);
    },
  };
}

/** Les commandes envoyées au noyau Jupyter, par messages. */
function kernelSource(model) {
  const view = Math.random().toString(36).slice(2); // plusieurs vues d'un même modèle reçoivent les mêmes messages
  const pending = new Map();
  let last = 0;
  function receive({ heard, error }) {
    const asked = pending.get(heard);
    if (!asked) return;
    pending.delete(heard);
    if (error) asked.reject(new Error(error));
    else asked.resolve();
  }
  model.on("msg:custom", receive);
  return {
    patience: 3,
    send: (command) =>
      new Promise((resolve, reject) => {
        const id = `${view}-${(last += 1)}`;
        pending.set(id, { resolve, reject });
        model.send({ ...command, id });
      }),
    close: () => model.off("msg:custom", receive),
  };
}

export default {
  render({ model, el }) {
    const source = kernelSource(model);
    const monitor = createTrainingMonitor(el, model.get("_scene"), source);
    const state = () => monitor.showState(model.get("_state"));
    const picture = () => monitor.showPicture(model.get("_picture"));
    model.on("change:_state", state);
    model.on("change:_picture", picture);
    state();
    picture();
    return () => {
      model.off("change:_state", state);
      model.off("change:_picture", picture);
      monitor.remove();
      source.close();
    };
  },
};
