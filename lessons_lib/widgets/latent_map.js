// La carte latente : bouger le pointeur décode, un clic épingle, sortir revient à l'image épinglée.
//
// La page ne sait rien du noyau. Elle demande ses images à un seul objet :
//   source.pictures(z)  z : number[latent] -> Promise<Uint8Array[]>, une image JPEG par décodeur
//   source.original(i)  i : rang de l'image dans le jeu de données -> Promise<Uint8Array>
//   source.onawake      appelée quand une réponse qu'on n'attendait plus finit par arriver
// Une page sans noyau (décodeur exporté, images précalculées) appelle createLatentMap avec sa propre source.

const MARKERS = [
  "M1,0A1,1 0 1 1 -1,0A1,1 0 1 1 1,0Z", // rond
  "M-.88,-.88h1.76v1.76h-1.76Z", // carré
  "M0,-1.2L1.1,.8H-1.1Z", // triangle
  "M0,-1.3L1.1,0L0,1.3L-1.1,0Z", // losange
  "M0,1.2L1.1,-.8H-1.1Z", // triangle renversé
  "M-.4,-1.15h.8v.75h.75v.8h-.75v.75h-.8v-.75h-.75v-.8h.75Z", // croix
  "M0,-1.3L.4,-.45L1.25,-.4L.6,.2L.8,1.05L0,.6L-.8,1.05L-.6,.2L-1.25,-.4L-.4,-.45Z", // étoile
];
const MARGIN = { left: 40, right: 10, top: 10, bottom: 34 };
const NEAR = { mouse: 9, pen: 12, touch: 20 }; // pixels

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const floats = (view) => new Float32Array(bytesOf(view).slice().buffer);
const decimal = (value, digits = 2) =>
  value.toLocaleString("fr-FR", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Au plus une demande en route ; pendant ce temps seule la dernière position est gardée. */
function latestOnly(ask, show, fail) {
  let busy = false;
  let waiting = null;
  return async (wanted) => {
    waiting = wanted;
    if (busy) return;
    busy = true;
    while (waiting !== null) {
      const current = waiting;
      waiting = null;
      try {
        await show(current, await ask(current));
      } catch (error) {
        fail(error);
      }
    }
    busy = false;
  };
}

/** Une loi normale centrée réduite, à partir d'une graine (mulberry32, puis Box et Muller, 1958). */
function normalLaw(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Le plan de la carte dans l'espace latent : z = origin + a d1 + b d2, et le retour par moindres carrés. */
function planeOf({ origin, directions, inverse }) {
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  return {
    toLatent: ([a, b]) => origin.map((value, i) => value + a * directions[0][i] + b * directions[1][i]),
    toMap: (z) => inverse.map((row) => dot(row, z.map((value, i) => value - origin[i]))),
    /** Racine (triangulaire) de la covariance sur la carte d'une loi d'écarts types sigma. */
    ellipse(sigma) {
      const cov = (p, q) => p.reduce((sum, value, i) => sum + value * q[i] * sigma[i] ** 2, 0);
      const [p, q] = inverse;
      const a = Math.sqrt(cov(p, p));
      const b = a > 0 ? cov(p, q) / a : 0;
      return { a, b, c: Math.sqrt(Math.max(0, cov(q, q) - b * b)) };
    },
  };
}

/** Le nuage d'une carte : les codes des images, leur place sur la carte, leurs écarts types s'il y en a. */
function cloudOf({ name, codes, sigma }, plane, latent) {
  const all = floats(codes);
  const spread = sigma ? floats(sigma) : null;
  const count = all.length / latent;
  const code = (i) => Array.from(all.subarray(i * latent, (i + 1) * latent));
  return {
    name, count, code,
    places: Array.from({ length: count }, (_, i) => plane.toMap(code(i))),
    sigma: (i) => (spread ? Array.from(spread.subarray(i * latent, (i + 1) * latent)) : null),
  };
}

function niceStep(range) {
  const raw = range / 6;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= raw);
}

/** Une carte sur un canevas : le fond (axes, nuage) est gardé, seul le curseur est redessiné à chaque mouvement. */
function chartOf(cloud, scene, plane, side, css) {
  const canvas = element("canvas", {
    tabIndex: 0, role: "application", "aria-roledescription": "carte à deux dimensions", "data-lm-suppress-shortcuts": "true",
    "aria-label": `Carte latente${cloud.name ? ` : ${cloud.name}` : ""}. Axes ${scene.axes[0]} et ${scene.axes[1]}. ` +
      "Flèches : déplacer le curseur ; Maj : plus vite ; Entrée : épingler ; Échap : revenir.",
  });
  const background = document.createElement("canvas");
  const [x0, x1, y0, y1] = scene.limits;
  const plot = side - MARGIN.left - MARGIN.right;
  const height = plot + MARGIN.top + MARGIN.bottom;
  const toX = (a) => MARGIN.left + ((a - x0) / (x1 - x0)) * plot;
  const toY = (b) => MARGIN.top + ((y1 - b) / (y1 - y0)) * plot;
  const ratio = window.devicePixelRatio || 1;
  for (const layer of [canvas, background]) {
    layer.width = Math.round(side * ratio);
    layer.height = Math.round(height * ratio);
  }
  canvas.style.width = `${side}px`;
  canvas.style.height = `${height}px`;

  function drawBackground(colour) {
    const pen = background.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = css("--lm-paper");
    pen.fillRect(0, 0, side, height);
    pen.font = "11px system-ui, sans-serif";
    pen.lineWidth = 1;
    const step = niceStep(x1 - x0);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    for (const [low, high, horizontal] of [[x0, x1, true], [y0, y1, false]]) {
      for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) {
        const at = Math.round(horizontal ? toX(value) : toY(value)) + 0.5;
        pen.strokeStyle = css("--lm-line");
        pen.beginPath();
        if (horizontal) pen.moveTo(at, MARGIN.top), pen.lineTo(at, MARGIN.top + plot);
        else pen.moveTo(MARGIN.left, at), pen.lineTo(MARGIN.left + plot, at);
        pen.stroke();
        pen.fillStyle = css("--lm-soft");
        pen.textAlign = horizontal ? "center" : "right";
        pen.textBaseline = horizontal ? "top" : "middle";
        const label = decimal(Math.abs(value) < step / 1e6 ? 0 : value, digits);
        pen.fillText(label, horizontal ? at : MARGIN.left - 5, horizontal ? MARGIN.top + plot + 4 : at);
      }
    }
    pen.fillStyle = css("--lm-ink");
    pen.font = "600 12px system-ui, sans-serif";
    pen.textAlign = "right";
    pen.textBaseline = "bottom";
    pen.fillText(scene.axes[0], MARGIN.left + plot, height - 2);
    pen.save();
    pen.translate(2, MARGIN.top);
    pen.rotate(-Math.PI / 2);
    pen.textBaseline = "top";
    pen.fillText(scene.axes[1], 0, 0);
    pen.restore();

    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left, MARGIN.top, plot, plot);
    pen.clip();
    const shapes = MARKERS.map((marker) => new Path2D(marker));
    const radius = cloud.count > 1500 ? 2.2 : cloud.count > 400 ? 2.8 : 3.8;
    cloud.places.forEach(([a, b], i) => {
      pen.setTransform(ratio * radius, 0, 0, ratio * radius, ratio * toX(a), ratio * toY(b));
      pen.fillStyle = colour.fill(i);
      pen.strokeStyle = css("--lm-paper");
      pen.lineWidth = 0.25;
      const shape = shapes[colour.shape(i)];
      pen.fill(shape);
      pen.stroke(shape);
    });
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (scene.prior) {
      pen.strokeStyle = css("--lm-guide");
      pen.setLineDash([5, 4]);
      pen.lineWidth = 1.3;
      for (const radius of [1, 2, 3]) ring(pen, [0, 0], { a: radius, b: 0, c: radius });
    }
    pen.restore();
    pen.strokeStyle = css("--lm-guide");
    pen.lineWidth = 1;
    pen.strokeRect(MARGIN.left + 0.5, MARGIN.top + 0.5, plot - 1, plot - 1);
  }

  function ring(pen, [a, b], root) {
    pen.beginPath();
    for (let step = 0; step <= 72; step += 1) {
      const [c, s] = [Math.cos((step * Math.PI) / 36), Math.sin((step * Math.PI) / 36)];
      pen.lineTo(toX(a + root.a * c), toY(b + root.b * c + root.c * s));
    }
    pen.stroke();
  }

  function mark(pen, [a, b], radius, ink, fill) {
    pen.beginPath();
    pen.arc(toX(a), toY(b), radius, 0, 2 * Math.PI);
    if (fill) pen.fillStyle = fill, pen.fill();
    for (const [width, style] of [[3.5, css("--lm-paper")], [1.8, ink]]) {
      pen.lineWidth = width;
      pen.strokeStyle = style;
      pen.stroke();
    }
  }

  function draw({ chosen, dots, pinned, cursor }) {
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(background, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left, MARGIN.top, plot, plot);
    pen.clip();
    if (chosen !== null && chosen < cloud.count) {
      pen.fillStyle = css("--lm-paper");
      pen.globalAlpha = 0.5; // le nuage s'efface derrière l'image choisie
      pen.fillRect(0, 0, side, height);
      pen.globalAlpha = 1;
      const sigma = cloud.sigma(chosen);
      if (sigma) {
        const root = plane.ellipse(sigma);
        for (const times of [1, 2]) {
          for (const [width, style] of [[4, css("--lm-paper")], [2, css("--lm-real")]]) {
            pen.lineWidth = width;
            pen.strokeStyle = style;
            pen.setLineDash(times === 2 ? [6, 4] : []);
            ring(pen, cloud.places[chosen], { a: times * root.a, b: times * root.b, c: times * root.c });
          }
        }
        pen.setLineDash([]);
        for (const dot of dots) mark(pen, dot, 2.6, css("--lm-generated"), css("--lm-generated"));
      }
      mark(pen, cloud.places[chosen], 6, css("--lm-real"));
    }
    mark(pen, pinned.place, 5, css("--lm-generated"), css("--lm-paper"));
    if (cursor) {
      pen.strokeStyle = css("--lm-ink");
      pen.lineWidth = 1;
      pen.globalAlpha = 0.55;
      pen.beginPath();
      pen.moveTo(toX(cursor[0]), MARGIN.top), pen.lineTo(toX(cursor[0]), MARGIN.top + plot);
      pen.moveTo(MARGIN.left, toY(cursor[1])), pen.lineTo(MARGIN.left + plot, toY(cursor[1]));
      pen.stroke();
      pen.globalAlpha = 1;
      mark(pen, cursor, 4, css("--lm-ink"), css("--lm-generated"));
    }
    pen.restore();
  }

  /** Place sur la carte d'un évènement du pointeur, ramenée dans les limites. */
  function placeOf(event) {
    const box = canvas.getBoundingClientRect();
    const a = x0 + (((event.clientX - box.left) * side) / box.width - MARGIN.left) * ((x1 - x0) / plot);
    const b = y1 - (((event.clientY - box.top) * height) / box.height - MARGIN.top) * ((y1 - y0) / plot);
    return [clamp(a, x0, x1), clamp(b, y0, y1)];
  }

  /** Rang du point du nuage à moins de `near` pixels, ou null. */
  function nearest([a, b], near) {
    let best = null;
    let least = near * near;
    cloud.places.forEach(([p, q], i) => {
      const distance = (toX(p) - toX(a)) ** 2 + (toY(q) - toY(b)) ** 2;
      if (distance <= least) [best, least] = [i, distance];
    });
    return best;
  }
  return { canvas, cloud, drawBackground, draw, placeOf, nearest };
}

/** La couleur et la forme des points selon le facteur choisi, et la légende qui va avec. */
function colouringOf(factor, css) {
  if (!factor) return { fill: () => css("--lm-real"), shape: () => 0, legend: [] };
  if (factor.labels) {
    const codes = bytesOf(factor.codes);
    const colours = factor.labels.map((_, k) => factor.chosen[k] ?? css(`--lm-c${k}`));
    const legend = factor.labels.map((label, k) => {
      const key = element("span");
      key.innerHTML =
        `<svg width="13" height="13" viewBox="-1.5 -1.5 3 3" aria-hidden="true"><path d="${MARKERS[k]}" fill="${colours[k]}"/></svg>`;
      key.append(label);
      return key;
    });
    return { fill: (i) => colours[codes[i]], shape: (i) => codes[i], legend };
  }
  const values = floats(factor.values);
  const stops = [0, 1, 2, 3].map((k) => css(`--lm-s${k}`).match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16)));
  const fill = (i) => {
    const t = (3 * (values[i] - factor.low)) / (factor.high - factor.low || 1);
    const k = Math.min(2, Math.floor(t));
    return `rgb(${stops[k].map((value, channel) => value + (t - k) * (stops[k + 1][channel] - value)).join(",")})`;
  };
  const digits = factor.high - factor.low > 20 ? 0 : 2;
  const bar = element("span", { className: "lm-bar", role: "img", "aria-label": `échelle de ${factor.name}` });
  const legend = [element("span", {}, decimal(factor.low, digits), bar, decimal(factor.high, digits))];
  return { fill, shape: () => 0, legend };
}

/** Une image sur un canevas : décodée hors de l'écran puis posée d'un coup, sans clignoter. */
function pictureOf(caption, width, height, side) {
  const zoom = Math.max(1, Math.floor(side / Math.max(width, height)));
  const canvas = element("canvas", { width, height, role: "img", "aria-label": caption });
  canvas.style.width = `${width * zoom}px`;
  canvas.style.height = `${height * zoom}px`;
  const figure = element("figure", { className: "lm-picture empty" }, canvas);
  const title = element("figcaption", {}, caption);
  figure.prepend(title);
  return {
    figure, title,
    paint(image) {
      figure.classList.remove("stale", "empty");
      canvas.getContext("2d").drawImage(image, 0, 0);
    },
  };
}

/** Une adresse data: se décode dans la page même ; un Blob ferait l'aller et retour avec un autre processus. */
const imageOf = (bytes) =>
  new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("L'image reçue n'est pas lisible."));
    image.src = `data:image/jpeg;base64,${btoa(String.fromCharCode(...bytes))}`;
  });

/**
 * Construit la carte dans `el`. Rend une fonction qui la retire proprement.
 * scene : voir LatentMap._scene en Python. Après chaque image peinte, `el` émet l'évènement « picture » et porte
 * le z montré dans data-z.
 */
export function createLatentMap(el, scene, source) {
  const root = element("div", { className: "lotus-map" });
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const plane = planeOf(scene.plane);
  const latent = scene.plane.origin.length;
  const normal = normalLaw(scene.seed);
  const linked = scene.maps.length > 1;
  const charts = scene.maps.map((map) => chartOf(cloudOf(map, plane, latent), scene, plane, linked ? 305 : 420, css));
  const withSigma = charts.find((chart) => chart.cloud.count && chart.cloud.sigma(0)) ?? charts[0];
  const choosable = scene.originals || scene.maps.some((map) => map.sigma);

  const start = { place: scene.start, z: plane.toLatent(scene.start) };
  const state = { chosen: null, chart: withSigma, dots: [], pinned: start, cursor: null };

  // Les éléments de la page
  const pictures = scene.pictures.map(({ name, width, height }) => pictureOf(name || "Image décodée", width, height, scene.side));
  const original = scene.originals ? pictureOf("Cliquez près d'un point", ...scene.originals, scene.side) : null;
  const readout = element("p", { className: "lm-readout", "aria-hidden": "true" });
  const spoken = element("p", { className: "lm-spoken", role: "status", "aria-live": "polite" });
  const message = element("p", { className: "lm-message", role: "alert" });
  const legend = element("div", { className: "lm-legend" });
  const menu = element("select", {}, ...scene.colours.map(({ name }, i) => element("option", { value: String(i) }, name)));
  const button = (label, title, act) => {
    const node = element("button", { type: "button", title, "data-lm-suppress-shortcuts": "true" }, label);
    node.addEventListener("click", act);
    return node;
  };
  const draw = button("Retirer epsilon", "Tire un nouvel epsilon et décode z = mu + sigma × epsilon, à mu et sigma fixes", redraw);
  draw.disabled = true;
  const tools = element("div", { className: "lm-tools" });
  if (choosable) {
    tools.append(
      button("◀ Image précédente", "Choisit l'image précédente du jeu de données", () => step(-1)),
      button("Image suivante ▶", "Choisit l'image suivante du jeu de données", () => step(1)),
    );
    if (scene.maps.some((map) => map.sigma)) tools.append(draw);
  }
  tools.append(button("Revenir au départ", "Oublie l'image choisie et l'épingle", backToStart));
  const views = pictures.map(({ figure }) => figure);
  if (original) views.splice(1, 0, original.figure);
  root.append(
    element("div", { className: "lm-title", role: "heading", "aria-level": "3" }, scene.title),
    element(
      "div", { className: `lm-body${linked ? " linked" : ""}` },
      element("div", { className: "lm-row" }, ...charts.map(({ canvas, cloud }) =>
        element("figure", { className: "lm-chart" }, ...(linked ? [element("figcaption", {}, cloud.name)] : []), canvas))),
      element("div", { className: `lm-row lm-pictures${views.length > 2 ? " many" : ""}` }, ...views),
    ),
    legend, tools, readout,
    element("p", { className: "lm-help" },
      "Souris ou doigt : décoder sous le pointeur. Clic : épingler. Flèches (Maj : plus vite), Entrée, Échap : la même chose au clavier." +
      (scene.prior ? " Cercles gris : la loi a priori N(0, I), à 1, 2 et 3 écarts types." : "")),
    message, spoken,
  );
  el.replaceChildren(root);

  // Dessiner
  function drawCharts() {
    for (const chart of charts) chart.draw(state);
  }
  function drawEverything() {
    root.classList.toggle("dark", isDark());
    const factor = scene.colours[Number(menu.value)];
    const colouring = colouringOf(factor, css);
    const label = element("label", {}, scene.colours.length > 1 ? "Couleur : " : `${factor?.name ?? ""} : `);
    if (scene.colours.length > 1) label.append(menu);
    legend.replaceChildren(...(factor ? [label] : []), ...colouring.legend);
    for (const chart of charts) chart.drawBackground(colouring);
    drawCharts();
  }

  // Demander une image et la montrer
  let speaking = null;
  async function show({ z, place }, answers) {
    const images = await Promise.all(answers.map(imageOf));
    images.forEach((image, i) => pictures[i].paint(image));
    drawCharts();
    message.textContent = "";
    const where = scene.axes.map((axis, i) => `${axis} = ${decimal(place[i])}`).join(" ; ");
    readout.textContent = where + (state.chosen === null ? "" : ` · image nᵒ ${state.chosen}`);
    root.dataset.z = JSON.stringify(z);
    clearTimeout(speaking);
    speaking = setTimeout(() => (spoken.textContent = where), 600);
    el.dispatchEvent(new CustomEvent("picture", { bubbles: true, detail: { z } }));
  }
  function fail(error) {
    for (const picture of pictures) picture.figure.classList.add("stale");
    message.textContent = error.message;
    drawCharts();
  }
  const want = latestOnly(({ z }) => source.pictures(z), show, fail);
  function move(place) {
    state.cursor = place; // la croix est dessinée avec l'image de cette place : un seul rafraîchissement d'écran
    want({ z: plane.toLatent(place), place });
  }
  function restore() {
    if (state.cursor === null) return;
    state.cursor = null;
    want(state.pinned);
  }
  function pin(point) {
    state.pinned = point;
    state.cursor = null;
    want(point);
  }
  const wantOriginal = latestOnly(
    (i) => source.original(i),
    async (i, bytes) => original.paint(await imageOf(bytes)),
    (error) => (message.textContent = error.message),
  );
  function choose(i, chart) {
    Object.assign(state, { chosen: i, chart, dots: [] });
    draw.disabled = !chart.cloud.sigma(i);
    if (original) {
      original.title.textContent = `Image nᵒ ${i}`;
      wantOriginal(i);
    }
    pin({ z: chart.cloud.code(i), place: chart.cloud.places[i] });
  }
  function step(by) {
    const { count } = state.chart.cloud;
    choose(state.chosen === null ? (by > 0 ? 0 : count - 1) : (state.chosen + by + count) % count, state.chart);
  }
  function redraw() {
    const sigma = state.chart.cloud.sigma(state.chosen);
    const z = state.chart.cloud.code(state.chosen).map((mu, i) => mu + sigma[i] * normal());
    const place = plane.toMap(z);
    state.dots.push(place);
    pin({ z, place });
  }
  function backToStart() {
    Object.assign(state, { chosen: null, dots: [] });
    draw.disabled = true;
    if (original) original.title.textContent = "Cliquez près d'un point";
    pin(start);
  }

  // Souris, doigt, clavier
  for (const chart of charts) {
    const { canvas } = chart;
    const settle = (event) => {
      const place = chart.placeOf(event);
      const near = choosable ? chart.nearest(place, NEAR[event.pointerType] ?? NEAR.mouse) : null;
      if (near === null) pin({ z: plane.toLatent(place), place });
      else choose(near, chart);
    };
    canvas.addEventListener("pointermove", (event) => move(chart.placeOf(event)));
    canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse") canvas.setPointerCapture(event.pointerId);
      move(chart.placeOf(event));
    });
    canvas.addEventListener("pointerup", settle);
    for (const name of ["pointerleave", "pointercancel", "blur"]) canvas.addEventListener(name, restore);
    canvas.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      const [x0, x1, y0, y1] = scene.limits;
      if (way) {
        const stride = (x1 - x0) / (event.shiftKey ? 12 : 60);
        const [a, b] = state.cursor ?? state.pinned.place;
        move([clamp(a + way[0] * stride, x0, x1), clamp(b + way[1] * stride, y0, y1)]);
      } else if (event.key === "Enter" || event.key === " ") {
        if (state.cursor) pin({ z: plane.toLatent(state.cursor), place: state.cursor });
      } else if (event.key === "Escape") {
        if (state.cursor) restore();
        else backToStart();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  menu.addEventListener("change", drawEverything);

  // Le thème de Jupyter, sinon celui du système
  const system = matchMedia("(prefers-color-scheme: dark)");
  function isDark() {
    const jupyter = document.body.dataset.jpThemeLight;
    return jupyter ? jupyter === "false" : document.body.classList.contains("vscode-dark") || system.matches;
  }
  const observer = new MutationObserver(drawEverything);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  system.addEventListener("change", drawEverything);
  requestAnimationFrame(drawEverything); // la feuille de style s'applique une fois `el` dans la page
  source.onawake = () => want(state.cursor ? { z: plane.toLatent(state.cursor), place: state.cursor } : state.pinned);
  show(start, scene.first.map(bytesOf));

  return () => {
    observer.disconnect();
    system.removeEventListener("change", drawEverything);
    clearTimeout(speaking);
  };
}

/** Les images demandées au noyau Jupyter, par messages ; une réponse perdue devient une erreur, jamais une attente sans fin. */
function kernelSource(model, patience) {
  const view = Math.random().toString(36).slice(2); // plusieurs vues d'un même modèle reçoivent les mêmes messages
  const pending = new Map();
  let last = 0;
  function receive(content, buffers) {
    const asked = pending.get(content.request);
    if (!asked) return;
    pending.delete(content.request);
    clearTimeout(asked.timer);
    if (asked.late) source.onawake?.();
    else if (content.error) asked.reject(new Error(content.error));
    else asked.resolve(buffers.map(bytesOf));
  }
  const ask = (question) =>
    new Promise((resolve, reject) => {
      const request = `${view}-${(last += 1)}`;
      const timer = setTimeout(() => {
        pending.get(request).late = true;
        reject(new Error("Le noyau ne répond pas : il est occupé, ou il a été redémarré. Attendez la fin de la cellule " +
          "en cours, ou exécutez de nouveau celle-ci ; puis bougez le pointeur."));
      }, patience * 1000);
      pending.set(request, { resolve, reject, timer });
      model.send({ ...question, request });
    });
  model.on("msg:custom", receive);
  const source = {
    pictures: (z) => ask({ ask: "pictures", z }),
    original: (i) => ask({ ask: "original", index: i }).then(([bytes]) => bytes),
    close() {
      model.off("msg:custom", receive);
      for (const { timer } of pending.values()) clearTimeout(timer);
      pending.clear();
    },
  };
  return source;
}

export default {
  render({ model, el }) {
    const scene = model.get("_scene");
    const source = kernelSource(model, scene.patience);
    const remove = createLatentMap(el, scene, source);
    return () => {
      remove();
      source.close();
    };
  },
};
