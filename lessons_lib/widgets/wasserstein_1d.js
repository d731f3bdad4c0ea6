// Deux lois sur une droite : les déplacer, les déformer, et lire aussitôt Jensen-Shannon, KL, Wasserstein-1, le plan de
// transport et la critique optimale.
//
// Tout est calculé dans la page, comme dans lessons_lib/transport.py (un test compare les deux) ; le noyau n'est consulté
// que pour les valeurs de SciPy et de POT :
//   source.settle(state)  state : {real, generated}, chacune {shape, centre, width} ; appelée quand le geste s'arrête
//   source.onstate, source.onexact  que le noyau appelle avec un nouvel état, avec les valeurs exactes d'un état
// Une page sans noyau appelle createWasserstein1D avec sa propre source.

const THREADS = 24; // traits du plan : chacun porte 1/24 de la masse
const OFFSETS = 65; // places de la loi générée où les trois courbes sont calculées
const SHOWN = 6.2; // la droite montrée va de −6,2 à 6,2
const BORDER = 6; // ni le centre ni la largeur ne poussent une loi au-delà
const SAME = 1e-9; // voir transport.py
const LOG2 = Math.log(2);

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const decimal = (value, digits = 2) =>
  Number.isFinite(value)
    ? (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value)
        .toLocaleString("fr-FR", { minimumFractionDigits: digits, maximumFractionDigits: digits })
        .replace("-", "−")
    : "∞";

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// --- les mathématiques : lessons_lib/laws.py et lessons_lib/transport.py, dans la page

/** La densité d'une loi aux points de la grille, d'intégrale 1. */
export function densityOf({ shape, centre, width }, { low, step, count, bump }) {
  const density = new Float64Array(count);
  const means = { deux_cloches: [centre - width, centre + width], trois_cloches: [centre - width, centre, centre + width] }[shape] ?? [centre];
  const sigma = shape === "cloche" ? width / 2 : bump;
  let total = 0;
  for (let k = 0; k < count; k += 1) {
    const x = low + k * step;
    if (shape === "segment")
      density[k] = Math.max(0, Math.min(x + step / 2, centre + width) - Math.max(x - step / 2, centre - width));
    else for (const mean of means) density[k] += Math.exp(-(((x - mean) / sigma) ** 2) / 2);
    total += density[k] * step;
  }
  return density.map((value) => value / total);
}

/** Jensen-Shannon et KL dans les deux sens, en nats ; Wasserstein-1, en unités de la droite. */
export function measure(p, q, step) {
  let [js, kl, reverse, wasserstein, excess] = [0, 0, 0, 0, 0];
  for (let k = 0; k < p.length; k += 1) {
    const m = (p[k] + q[k]) / 2;
    if (p[k] > 0) js += p[k] * Math.log(p[k] / m), (kl += p[k] * Math.log(p[k] / q[k]));
    if (q[k] > 0) js += q[k] * Math.log(q[k] / m), (reverse += q[k] * Math.log(q[k] / p[k]));
    excess += (p[k] - q[k]) * step;
    wasserstein += Math.abs(excess);
  }
  return { jensen_shannon: (js * step) / 2, kl: kl * step, kl_reverse: reverse * step, wasserstein: wasserstein * step };
}

/** La critique optimale f et sa pente (−1, 0 ou 1) à droite de chaque point. */
export function potentialOf(p, q, step) {
  const f = new Float64Array(p.length);
  const slope = new Int8Array(p.length);
  let excess = 0;
  for (let k = 0; k < p.length; k += 1) {
    excess += (p[k] - q[k]) * step;
    slope[k] = Math.abs(excess) < SAME ? 0 : -Math.sign(excess);
    if (k + 1 < p.length) f[k + 1] = f[k] + slope[k] * step;
  }
  const mean = f.reduce((sum, value, k) => sum + (value * (p[k] + q[k]) * step) / 2, 0);
  return { f: f.map((value) => value - mean), slope };
}

/** Les places qui laissent à leur gauche les parts (i + 1/2) / count de la masse. */
export function quantilesOf(p, { low, step }, count) {
  const places = [];
  let below = 0;
  for (let k = 0; k < p.length && places.length < count; k += 1) {
    const mass = p[k] * step;
    for (let level = (places.length + 0.5) / count; places.length < count && below + mass >= level; level += 1 / count)
      places.push(low + (k - 0.5) * step + ((level - below) / mass) * step);
    below += mass;
  }
  return places;
}

// --- le dessin

/** Un canevas net et ses échelles ; draw(pen) dessine en pixels de page. */
function canvasOf(width, height, label, extra = {}) {
  const canvas = element("canvas", { role: "img", "aria-label": label, ...extra });
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return {
    canvas, width, height,
    start(css) {
      const pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.fillStyle = css("--w1-paper");
      pen.fillRect(0, 0, width, height);
      pen.setLineDash([]);
      pen.lineWidth = 1;
      pen.textBaseline = "alphabetic";
      return pen;
    },
  };
}

const line = (pen, points, style, width = 1, dash = []) => {
  pen.strokeStyle = style;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
  pen.setLineDash([]);
};
const write = (pen, text, x, y, style, { align = "left", font = "11px system-ui, sans-serif" } = {}) => {
  pen.fillStyle = style;
  pen.font = font;
  pen.textAlign = align;
  pen.fillText(text, x, y);
};
const BOLD = "600 12px system-ui, sans-serif";

const MEASURES = [
  { name: "jensen_shannon", title: "Jensen-Shannon", unit: "nats", where: "Jensen-Shannon" },
  { name: "kl", title: "KL(réel ‖ généré)", unit: "nats", where: "KL" },
  { name: "wasserstein", title: "Wasserstein-1", unit: "unités de la droite", where: "Wasserstein-1" },
];

/** Construit le laboratoire dans `el`. Rend une fonction qui le retire. Après chaque dessin, data-values porte les valeurs. */
export function createWasserstein1D(el, scene, first, source) {
  const root = element("div", { className: "lotus-w1" });
  let colours = {}; // lues une fois par thème : getComputedStyle est lent
  const css = (name) => (colours[name] ??= getComputedStyle(root).getPropertyValue(name).trim());
  const { grid, shapes, centres, labels } = scene;
  const limits = Object.fromEntries(shapes.map(({ name, width }) => [name, width]));
  let state = structuredClone(first);
  let selected = "generated";
  let exact = null;
  let dark = false;
  let walk = null; // le nom de la mesure dont on descend la pente

  // Les valeurs, et les courbes quand la loi générée glisse (recalculées seulement si une forme change)
  let curves = { key: null };
  function sliding() {
    const key = JSON.stringify([state.real, state.generated.shape, state.generated.width]);
    if (curves.key !== key) {
      const p = densityOf(state.real, grid);
      const places = Array.from({ length: OFFSETS }, (_, i) => centres[0] + ((centres[1] - centres[0]) * i) / (OFFSETS - 1));
      curves = { key, places, values: places.map((centre) => measure(p, densityOf({ ...state.generated, centre }, grid), grid.step)) };
    }
    return curves;
  }
  function slopes(p) {
    const h = 0.04;
    const at = (centre) => measure(p, densityOf({ ...state.generated, centre }, grid), grid.step);
    const [before, after] = [at(state.generated.centre - h), at(state.generated.centre + h)];
    return Object.fromEntries(MEASURES.map(({ name }) => [name, (after[name] - before[name]) / (2 * h)]));
  }

  // Les éléments de la page
  const laws = canvasOf(540, 208, "Les deux lois et les chemins de la masse. Flèches gauche et droite : déplacer la loi " +
    "choisie ; haut et bas : l'élargir ou la resserrer ; Maj : plus vite ; Espace : changer de loi.",
    { tabIndex: 0, role: "application", "aria-roledescription": "droite à deux lois", "data-lm-suppress-shortcuts": "true" });
  const critic = canvasOf(540, 176, "La critique optimale, de pente −1, 0 ou 1");
  const plan = canvasOf(272, 266, "Le plan de transport : place de départ, place d'arrivée");
  const panels = MEASURES.map(({ title }) => canvasOf(264, 150, `${title} selon la place de la loi générée`));
  const overlay = element("input", { type: "checkbox" });
  overlay.addEventListener("change", () => draw());
  const message = element("p", { className: "w1-message", role: "status", "aria-live": "polite" });
  const check = element("table", { className: "w1-check" });
  const controls = Object.fromEntries(["real", "generated"].map((which) => [which, controlOf(which)]));
  const descend = MEASURES.map(({ name, where }) => {
    const button = element("button", { type: "button", "data-lm-suppress-shortcuts": "true",
      "aria-label": `Descendre la pente de ${where}` }, "Descendre la pente ▶");
    button.addEventListener("click", () => start(name));
    return button;
  });
  root.append(
    element("div", { className: "w1-title", role: "heading", "aria-level": "3" }, scene.title),
    element("div", { className: "w1-top" },
      element("div", {}, laws.canvas,
        element("div", { className: "w1-controls" }, controls.real.node, controls.generated.node)),
      plan.canvas,
    ),
    element("div", { className: "w1-row" }, ...panels.map(({ canvas }, i) => element("div", {}, canvas, descend[i]))),
    message,
    element("div", { className: "w1-row" }, critic.canvas,
      element("div", {}, check,
        element("label", { className: "w1-overlay" }, overlay, "superposer le discriminateur optimal, p / (p + q)"))),
    element("p", { className: "w1-help" },
      "Souris ou doigt : tirer une loi la déplace, tirer un carré la déforme. Clavier : flèches (Maj : plus vite), " +
      "Espace pour changer de loi, ou les curseurs."),
  );
  el.replaceChildren(root);

  function controlOf(which) {
    const label = labels[which];
    const range = (key, name) => {
      const input = element("input", { type: "range", step: "0.01", "aria-label": `${name} de la loi ${label}`,
        "data-lm-suppress-shortcuts": "true" });
      input.addEventListener("input", () => change(which, { [key]: Number(input.value) }));
      return input;
    };
    const shape = element("select", { "aria-label": `Forme de la loi ${label}`, "data-lm-suppress-shortcuts": "true" },
      ...shapes.map(({ name, label: text }) => element("option", { value: name }, text)));
    shape.addEventListener("change", () => change(which, { shape: shape.value }));
    const [centre, width] = [range("centre", "Centre"), range("width", "Demi-largeur")];
    [centre.min, centre.max] = centres;
    const node = element("div", { className: `w1-control ${which}` },
      element("b", {}, `Loi ${label}`), shape,
      element("label", {}, "centre", centre), element("label", {}, "largeur", width));
    return {
      node,
      show(law) {
        shape.value = law.shape;
        [width.min, width.max] = limits[law.shape];
        [centre.value, width.value] = [law.centre, law.width];
      },
    };
  }

  // L'état
  let settling = null;
  function change(which, part) {
    walk = null;
    move(which, part);
  }
  function move(which, part) {
    const law = { ...state[which], ...part };
    const [least, most] = limits[law.shape]; // et la loi reste dans l'image
    law.width = clamp(law.width, least, part.width === undefined ? most : Math.min(most, BORDER - Math.abs(law.centre)));
    const reach = Math.min(centres[1], BORDER - law.width);
    law.centre = clamp(law.centre, -reach, reach);
    state = { ...state, [which]: law };
    message.textContent = "";
    later();
    clearTimeout(settling);
    settling = setTimeout(() => source.settle(state), 120);
  }
  let frame = null;
  function later() {
    frame ??= requestAnimationFrame(() => {
      frame = null;
      draw();
    });
  }
  source.onstate = (wanted) => {
    if (JSON.stringify(wanted) === JSON.stringify(state)) return;
    clearTimeout(settling);
    walk = null;
    state = structuredClone(wanted);
    later();
    source.settle(state);
  };
  source.onexact = (values) => {
    exact = values;
    later();
  };

  // Descendre la pente : ce que ferait un générateur qui ne saurait que déplacer sa loi
  function start(name) {
    walk = { name, way: 0, size: 1 };
    step();
  }
  function step() {
    if (!walk || !root.isConnected) return;
    const { name } = walk;
    const { where } = MEASURES.find((measure) => measure.name === name);
    const slope = slopes(densityOf(state.real, grid))[name];
    const way = Math.sign(slope);
    if (walk.way !== 0 && way !== walk.way) walk.size /= 2; // le minimum vient d'être dépassé
    const done = Math.abs(slope) < 0.01 || !Number.isFinite(slope) || walk.size < 0.05;
    if (done) {
      const moved = walk.way !== 0;
      walk = null;
      message.textContent = !Number.isFinite(slope)
        ? `${where} est infinie : elle n'a pas de pente, la loi générée ne sait où aller.`
        : moved
          ? `La loi générée s'arrête en ${decimal(state.generated.centre)} : la pente de ${where} ne la pousse plus.`
          : `La pente de ${where} est nulle : la loi générée ne sait où aller.`;
      return;
    }
    walk.way = way;
    move("generated", { centre: state.generated.centre - walk.size * clamp(0.06 * slope, -0.08, 0.08) });
    requestAnimationFrame(step);
  }

  // Dessiner
  const MARGIN = 12;
  const toX = (x) => MARGIN + ((x + SHOWN) / (2 * SHOWN)) * (laws.width - 2 * MARGIN);
  const RAILS = { real: 132, generated: 184 };
  const indices = [];
  for (let k = 0; k < grid.count; k += 1) if (Math.abs(grid.low + k * grid.step) <= SHOWN) indices.push(k);

  function shapePath(density, toY, base) {
    const path = new Path2D();
    path.moveTo(toX(-SHOWN), base);
    for (const k of indices) path.lineTo(toX(grid.low + k * grid.step), toY(density[k]));
    path.lineTo(toX(SHOWN), base);
    return path;
  }
  function drawLaws(p, q, from, to) {
    const pen = laws.start(css);
    const inks = { real: css("--w1-real"), generated: css("--w1-generated") };
    const top = 1.12 * Math.max(0.6, ...p, ...q);
    const toY = (value) => RAILS.real - (value / top) * (RAILS.real - 8);
    for (const [density, which, dash] of [[p, "real", []], [q, "generated", [6, 4]]]) {
      const path = shapePath(density, toY, RAILS.real);
      pen.globalAlpha = 0.2;
      pen.fillStyle = inks[which];
      pen.fill(path);
      pen.globalAlpha = 1;
      pen.strokeStyle = inks[which];
      pen.lineWidth = 2;
      pen.setLineDash(dash);
      pen.stroke(path);
      pen.setLineDash([]);
    }
    pen.globalAlpha = 0.75;
    from.forEach((x, i) => line(pen, [[toX(x), RAILS.real], [toX(to[i]), RAILS.generated]], css("--w1-plan"), 1));
    pen.globalAlpha = 1;
    for (const which of ["real", "generated"]) {
      const y = RAILS[which];
      line(pen, [[toX(-SHOWN), y], [toX(SHOWN), y]], css("--w1-guide"), 1);
      for (let x = -6; x <= 6; x += 2) {
        line(pen, [[toX(x), y], [toX(x), y + 4]], css("--w1-guide"), 1);
        if (which === "generated") write(pen, decimal(x, 0), toX(x), y + 18, css("--w1-soft"), { align: "center" });
      }
      const { centre, width } = state[which];
      line(pen, [[toX(centre - width), y], [toX(centre + width), y]], inks[which], 4);
      for (const edge of [centre - width, centre + width]) {
        pen.fillStyle = css("--w1-paper");
        pen.strokeStyle = inks[which];
        pen.lineWidth = 2;
        pen.fillRect(toX(edge) - 4.5, y - 4.5, 9, 9);
        pen.strokeRect(toX(edge) - 4.5, y - 4.5, 9, 9);
      }
      pen.beginPath();
      pen.arc(toX(centre), y, 6, 0, 2 * Math.PI);
      pen.fillStyle = inks[which];
      pen.fill();
      if (which === selected && document.activeElement === laws.canvas) {
        pen.beginPath();
        pen.arc(toX(centre), y, 9, 0, 2 * Math.PI);
        pen.strokeStyle = css("--w1-ink");
        pen.lineWidth = 1.5;
        pen.stroke();
      }
    }
    for (const [which, density, other] of [["real", p, state.generated], ["generated", q, state.real]]) {
      const { centre } = state[which];
      const side = Math.sign(centre - other.centre) || (which === "real" ? -1 : 1);
      const peak = toY(Math.max(...density));
      const x = clamp(toX(centre + side * state[which].width) + side * 8, 40, laws.width - 40);
      write(pen, labels[which], x, clamp(peak + 14, 16, RAILS.real - 8), inks[which], { align: side < 0 ? "right" : "left", font: BOLD });
    }
    const [west, east] = [Math.min(...from, ...to) + SHOWN, SHOWN - Math.max(...from, ...to)];
    const [free, align] = west > east ? [MARGIN, "left"] : [laws.width - MARGIN, "right"]; // du côté que les traits laissent
    write(pen, "chaque trait déplace", free, RAILS.real + 22, css("--w1-plan-ink"), { align });
    write(pen, `1/${THREADS} de la masse`, free, RAILS.real + 36, css("--w1-plan-ink"), { align });
  }

  function drawCritic(p, q, values) {
    const pen = critic.start(css);
    const { f, slope } = potentialOf(p, q, grid.step);
    const [top, bottom] = [40, critic.height - 8];
    const shown = indices.map((k) => f[k]);
    const [low, high] = [Math.min(-0.7, ...shown), Math.max(0.7, ...shown)];
    const toY = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    line(pen, [[toX(-SHOWN), toY(0)], [toX(SHOWN), toY(0)]], css("--w1-line"), 1);
    for (const [law, density, colour] of [["real", p, css("--w1-real")], ["generated", q, css("--w1-generated")]]) {
      const peak = Math.max(...density);
      const path = shapePath(density, (value) => bottom - (value / peak) * 18, bottom);
      pen.globalAlpha = 0.3;
      pen.fillStyle = colour;
      pen.fill(path, law === "real" ? "nonzero" : "evenodd");
      pen.globalAlpha = 1;
    }
    if (overlay.checked) {
      const points = indices
        .filter((k) => p[k] + q[k] > 1e-12)
        .map((k) => [toX(grid.low + k * grid.step), bottom - (p[k] / (p[k] + q[k])) * (bottom - top)]);
      let [begin] = [0];
      points.forEach(([x], i) => {
        const gap = i + 1 === points.length || points[i + 1][0] - x > 2;
        if (gap) line(pen, points.slice(begin, (begin = i + 1)), css("--w1-guide"), 2.2, [2, 3]);
      });
      write(pen, "D = 1", toX(SHOWN), top + 4, css("--w1-soft"), { align: "right" });
      write(pen, "D = 0", toX(SHOWN), bottom - 3, css("--w1-soft"), { align: "right" });
    }
    line(pen, indices.map((k) => [toX(grid.low + k * grid.step), toY(f[k])]), css("--w1-critic"), 2.6);
    // la pente, écrite au milieu de chaque morceau assez long
    let begin = 0;
    indices.forEach((k, i) => {
      const last = i + 1 === indices.length;
      if (!last && slope[indices[i + 1]] === slope[indices[begin]]) return;
      const middle = indices[Math.floor((begin + i) / 2)];
      if ((i - begin) * grid.step > 1.1 && slope[middle] !== 0) {
        const x = toX(grid.low + middle * grid.step);
        const up = slope[middle] > 0;
        write(pen, `pente ${up ? "1" : "−1"}`, x + (up ? -8 : 8), toY(f[middle]) - 6, css("--w1-critic"), { align: up ? "right" : "left", font: BOLD });
      }
      begin = i + 1;
    });
    write(pen, "La critique optimale : elle ne penche jamais de plus de 1", MARGIN, 14, css("--w1-ink"), { font: BOLD });
    write(pen, `E f(réel) − E f(généré) = ${decimal(values.wasserstein)} = W1`, MARGIN, 30, css("--w1-critic"), { font: BOLD });
  }

  function drawPlan(from, to) {
    const pen = plan.start(css);
    const [left, right, top, bottom] = [50, plan.width - 8, 26, plan.height - 44];
    const at = (x) => left + ((x + SHOWN) / (2 * SHOWN)) * (right - left);
    const up = (y) => bottom - ((y + SHOWN) / (2 * SHOWN)) * (bottom - top);
    pen.strokeStyle = css("--w1-line");
    pen.strokeRect(left, top, right - left, bottom - top);
    line(pen, [[at(-SHOWN), up(-SHOWN)], [at(SHOWN), up(SHOWN)]], css("--w1-guide"), 1.3, [5, 4]);
    pen.globalAlpha = 0.35;
    from.forEach((x, i) => line(pen, [[at(x), up(x)], [at(x), up(to[i])]], css("--w1-plan"), 1));
    pen.globalAlpha = 1;
    from.forEach((x, i) => {
      pen.beginPath();
      pen.arc(at(x), up(to[i]), 2.8, 0, 2 * Math.PI);
      pen.fillStyle = css("--w1-plan");
      pen.fill();
      pen.fillStyle = css("--w1-real");
      pen.fillRect(at(x) - 0.75, bottom + 3, 1.5, 10);
      pen.fillStyle = css("--w1-generated");
      pen.fillRect(left - 13, up(to[i]) - 0.75, 10, 1.5);
    });
    for (let x = -4; x <= 4; x += 4) {
      write(pen, decimal(x, 0), at(x), bottom + 25, css("--w1-soft"), { align: "center" });
      write(pen, decimal(x, 0), left - 17, up(x) + 4, css("--w1-soft"), { align: "right" });
    }
    write(pen, "Le plan de transport", left, 14, css("--w1-ink"), { font: BOLD });
    write(pen, "place de départ (réel)", right, bottom + 40, css("--w1-real"), { align: "right", font: BOLD });
    pen.save();
    pen.translate(12, top);
    pen.rotate(-Math.PI / 2);
    write(pen, "arrivée (généré)", 0, 0, css("--w1-generated"), { align: "right", font: BOLD });
    pen.restore();
    pen.save();
    pen.translate(right, top);
    pen.rotate(-Math.atan2(bottom - top, right - left));
    write(pen, "rien ne bouge", -26, 14, css("--w1-soft"), { align: "right" });
    pen.restore();
  }

  function drawMeasure({ width, height, start: begin }, { name, title, unit }, values, slope) {
    const pen = begin(css);
    const { places, values: along } = sliding();
    const [left, right, top, bottom] = [10, width - 10, 56, height - 22];
    const colour = { jensen_shannon: css("--w1-ink"), kl: css("--w1-ink"), wasserstein: css("--w1-critic") }[name];
    const finite = along.map((value) => value[name]).filter(Number.isFinite);
    const most = name === "jensen_shannon" ? 1.12 * LOG2 : Math.max(0.5, 1.05 * Math.max(...finite, 0));
    const at = (x) => left + ((x - centres[0]) / (centres[1] - centres[0])) * (right - left);
    const up = (y) => bottom - (y / most) * (bottom - top);
    write(pen, title, left, 14, css("--w1-ink"), { font: BOLD });
    write(pen, `${decimal(values[name], name === "kl" && values.kl >= 100 ? 0 : 2)}`, left, 42, colour, { font: "600 25px system-ui, sans-serif" });
    const flat = Math.abs(slope) < 0.005;
    const lowest = values[name] < Math.min(...finite) + 0.005;
    const lost = !Number.isFinite(slope) ? !lowest : flat && !lowest;
    const said = lowest ? "au plus bas" : !Number.isFinite(slope) ? "pas de pente" : flat ? "pente nulle" : `pente ${decimal(slope)}`;
    write(pen, said, right, 42, css(lost ? "--w1-alarm" : "--w1-ok"), { align: "right", font: BOLD });
    write(pen, unit, right, 14, css("--w1-soft"), { align: "right" });
    line(pen, [[left, bottom], [right, bottom]], css("--w1-guide"), 1);
    line(pen, [[at(state.real.centre), top - 2], [at(state.real.centre), bottom]], css("--w1-real"), 1.2, [2, 3]);
    write(pen, "réel", clamp(at(state.real.centre), left + 12, right - 12), bottom + 14, css("--w1-real"), { align: "center" });
    if (name === "jensen_shannon") {
      line(pen, [[left, up(LOG2)], [right, up(LOG2)]], css("--w1-guide"), 1.2, [5, 4]);
      write(pen, "log 2", right, up(LOG2) + 13, css("--w1-soft"), { align: "right" });
    }
    let run = [];
    const flush = () => {
      if (run.length > 1) line(pen, run, colour, 2);
      else for (const [x, y] of run) pen.fillStyle = colour, pen.fillRect(x - 2, y - 2, 4, 4);
      run = [];
    };
    const half = (centres[1] - centres[0]) / (OFFSETS - 1) / 2;
    places.forEach((x, i) => {
      const y = along[i][name];
      if (Number.isFinite(y)) run.push([at(x), up(y)]);
      else {
        flush();
        pen.fillStyle = css("--w1-void");
        const [from, to] = [x - half, x + half].map((edge) => Math.round(clamp(at(edge), left, right)));
        pen.fillRect(from, top, to - from, bottom - top);
      }
    });
    flush();
    if (finite.length < along.length) {
      const clear = along.findIndex((value) => Number.isFinite(value[name]));
      const x = clear < 0 || clear > OFFSETS / 3 ? at(centres[0]) + 10 : right - 60;
      write(pen, "infinie", x, (top + bottom) / 2 + 4, css("--w1-alarm"), { font: BOLD });
    }
    const [x, y] = [at(state.generated.centre), Number.isFinite(values[name]) ? up(values[name]) : top];
    if (Number.isFinite(slope) && Number.isFinite(values[name])) {
      const rise = (slope / most) * (bottom - top) / ((right - left) / (centres[1] - centres[0])); // pixels par pixel
      const reach = 30 / Math.hypot(1, rise);
      line(pen, [[x - reach, y + rise * reach], [x + reach, y - rise * reach]], css("--w1-generated"), 2);
    }
    line(pen, [[x, y], [x, bottom]], css("--w1-generated"), 1, [3, 3]);
    pen.beginPath();
    pen.arc(x, y, 5, 0, 2 * Math.PI);
    pen.fillStyle = css("--w1-generated");
    pen.fill();
    const free = Math.abs(x - at(state.real.centre)) > 42;
    if (free) write(pen, "généré", clamp(x, left + 20, right - 20), bottom + 14, css("--w1-generated"), { align: "center" });
  }

  function drawCheck(values) {
    const current = exact && JSON.stringify(exact.state) === JSON.stringify(state) ? exact : null;
    const row = (title, here, ...others) =>
      element("tr", {}, element("th", { scope: "row" }, title), element("td", {}, here),
        ...others.map((value) => element("td", {}, value === undefined ? "" : current ? decimal(value, 4) : "…")));
    check.replaceChildren(
      element("caption", {}, "Les mêmes valeurs, calculées par le noyau"),
      element("tr", {}, ...["", "ici", "SciPy", "POT"].map((text) => element("th", { scope: "col" }, text))),
      row("JS", decimal(values.jensen_shannon, 4), current?.jensen_shannon ?? null),
      row("KL", decimal(values.kl, 4), current ? (current.kl ?? Infinity) : null),
      row("W1", decimal(values.wasserstein, 4), current?.wasserstein ?? null, current?.wasserstein_pot ?? null),
    );
  }

  function draw() {
    if (root.classList.toggle("dark", isDark()) !== dark) [dark, colours] = [!dark, {}];
    const [p, q] = [densityOf(state.real, grid), densityOf(state.generated, grid)];
    const values = measure(p, q, grid.step);
    const [from, to] = [quantilesOf(p, grid, THREADS), quantilesOf(q, grid, THREADS)];
    drawLaws(p, q, from, to);
    drawCritic(p, q, values);
    drawPlan(from, to);
    const tangent = slopes(p);
    panels.forEach((panel, i) => drawMeasure(panel, MEASURES[i], values, tangent[MEASURES[i].name]));
    drawCheck(values);
    for (const which of ["real", "generated"]) controls[which].show(state[which]);
    root.dataset.values = JSON.stringify(values, (_, value) => (value === Infinity ? "inf" : value));
    root.dataset.state = JSON.stringify(state);
  }

  // Souris, doigt, clavier
  const placeOf = (event) => {
    const box = laws.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) * laws.width) / box.width;
    const y = ((event.clientY - box.top) * laws.height) / box.height;
    return { x: ((x - MARGIN) / (laws.width - 2 * MARGIN)) * 2 * SHOWN - SHOWN, y };
  };
  function gripAt({ x, y }, near) {
    const unit = (2 * SHOWN) / (laws.width - 2 * MARGIN);
    for (const which of [selected, selected === "real" ? "generated" : "real"]) {
      const { centre, width } = state[which];
      if (Math.abs(y - RAILS[which]) > near + 4) continue;
      if (Math.abs(x - centre) < near * unit) return { which, part: "centre" };
      if (Math.abs(Math.abs(x - centre) - width) < near * unit) return { which, part: "width" };
      if (Math.abs(x - centre) < width) return { which, part: "centre" };
    }
    const distance = (which) => Math.max(0, Math.abs(x - state[which].centre) - state[which].width);
    const other = selected === "real" ? "generated" : "real";
    if (y > (RAILS.real + RAILS.generated) / 2) return { which: "generated", part: "centre" };
    return { which: distance(other) < distance(selected) ? other : selected, part: "centre" };
  }
  let drag = null;
  laws.canvas.addEventListener("pointerdown", (event) => {
    const place = placeOf(event);
    drag = { ...gripAt(place, event.pointerType === "touch" ? 18 : 9) };
    drag.offset = state[drag.which].centre - place.x;
    selected = drag.which;
    laws.canvas.setPointerCapture(event.pointerId);
    later();
  });
  laws.canvas.addEventListener("pointermove", (event) => {
    const place = placeOf(event);
    if (!drag) {
      const { part } = gripAt(place, 9);
      laws.canvas.style.cursor = part === "width" ? "ew-resize" : "grab";
      return;
    }
    if (drag.part === "centre") change(drag.which, { centre: place.x + drag.offset });
    else change(drag.which, { width: Math.abs(place.x - state[drag.which].centre) });
  });
  for (const name of ["pointerup", "pointercancel"]) laws.canvas.addEventListener(name, () => (drag = null));
  for (const name of ["focus", "blur"]) laws.canvas.addEventListener(name, later);
  laws.canvas.addEventListener("keydown", (event) => {
    const stride = event.shiftKey ? 0.5 : 0.1;
    const law = state[selected];
    if (event.key === "ArrowLeft" || event.key === "ArrowRight")
      change(selected, { centre: law.centre + (event.key === "ArrowLeft" ? -stride : stride) });
    else if (event.key === "ArrowUp" || event.key === "ArrowDown")
      change(selected, { width: law.width + (event.key === "ArrowDown" ? -stride : stride) });
    else if (event.key === " ") {
      selected = selected === "real" ? "generated" : "real";
      later();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // Le thème de Jupyter, sinon celui du système
  const system = matchMedia("(prefers-color-scheme: dark)");
  function isDark() {
    const jupyter = document.body.dataset.jpThemeLight;
    return jupyter ? jupyter === "false" : document.body.classList.contains("vscode-dark") || system.matches;
  }
  const observer = new MutationObserver(later);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  system.addEventListener("change", later);
  later(); // la feuille de style s'applique une fois `el` dans la page

  return () => {
    walk = null;
    observer.disconnect();
    system.removeEventListener("change", later);
    clearTimeout(settling);
    cancelAnimationFrame(frame);
  };
}

export default {
  render({ model, el }) {
    // Au plus une question en route. Elle porte l'état : il n'est pas sûr que le noyau ait déjà reçu _state.
    let [asking, next] = [false, null];
    const ask = (state) => {
      if (asking) next = state;
      else model.send({ ask: "exact", state });
      asking = true;
    };
    const source = {
      settle(state) {
        model.set("_state", state);
        model.save_changes();
        ask(state);
      },
    };
    const remove = createWasserstein1D(el, model.get("_scene"), model.get("_state"), source);
    const state = () => source.onstate(model.get("_state"));
    const exact = (values) => {
      source.onexact(values);
      asking = false;
      if (next) ask(next);
      next = null;
    };
    model.on("change:_state", state);
    model.on("msg:custom", exact);
    ask(model.get("_state"));
    return () => {
      model.off("change:_state", state);
      model.off("msg:custom", exact);
      remove();
    };
  },
};
