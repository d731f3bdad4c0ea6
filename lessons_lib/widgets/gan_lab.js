// Le laboratoire des GAN : le plan, le cycle, les réglages, les courbes.
//
// La page ne calcule rien du jeu. Elle échange avec un seul objet :
//   source.send(command)  une commande : {ask: "play" | "pause" | "critique" | "generateur" | "deux" | "slow" | "change" |
//                         "choose" | "preset" | "restart", id, …}, ou {ask: "shown", layers, frame} : les images jusqu'à ce numéro
//                         sont reçues (null : redessiner)
//   source.onpicture      appelée avec (content, buffers) : voir LabPage._picture en Python
// Le noyau n'a que trois images en route : au-delà, il attend.

const SIDE = 404;
const MARKS = { real: 2.1, fake: 3 }; // pixels
const ARROW = { scale: 0.16, most: 0.1, least: 0.006 }; // longueur par unité de gradient ; bornes, en part du côté
const PATIENCE = 4000; // millisecondes
const PLOT_EVERY = 150; // millisecondes entre deux dessins des courbes

const STAGES = [
  ["draw", "critic", "Tirer", "La critique reçoit un lot de vrais points et un lot de faux."],
  ["score", "critic", "Noter", "La critique note chaque point : bleu-vert, il lui paraît vrai ; rose, il lui paraît faux."],
  ["correct", "critic", "Corriger", "La critique corrige ses poids : sa carte change, le générateur n'a pas bougé."],
  ["generate", "generator", "Engendrer", "Le générateur transforme un nouveau lot de z en faux points."],
  ["ask", "generator", "Interroger", "La critique dit à chaque faux point où aller : c'est le gradient, une flèche."],
  ["follow", "generator", "Suivre", "Le générateur corrige ses poids : les faux points suivent les flèches, la critique n'a pas bougé."],
];
const SHOWN_AT = {
  draw: ["real", "fake"], score: ["real", "fake", "heat"], correct: ["heat"],
  generate: ["fake", "manifold"], ask: ["fake", "arrows"], follow: ["fake", "manifold"],
};
const USED_BY = { clip: "wgan", penalty_weight: "wgan_gp" };

const formats = [0, 1, 2].map((digits) =>
  new Intl.NumberFormat("fr-FR", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const decimal = (value, digits = 2) => formats[digits].format(value).replace("-", "−");
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const floats = (view) => new Float32Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer);

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Change un texte ou un attribut, s'il change : la mise en page n'est refaite qu'alors. */
const put = (node, text, attribute) => {
  if (attribute) node.getAttribute(attribute) === String(text) || node.setAttribute(attribute, text);
  else if (node.textContent !== text) node.textContent = text;
};

/** Un nombre à deux chiffres, de 10⁻⁹ à 10⁹ : 1,3 ; 0,02 ; 3·10⁻⁵. */
function short(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size >= 100) return decimal(value, 0);
  if (size === 0 || size >= 0.01) return decimal(value, size >= 10 ? 1 : 2);
  const [mantissa, power] = value.toExponential(0).split("e-");
  return `${mantissa.replace("-", "−")}·10⁻${power.replace(/./g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])}`;
}

function canvasOf(width, height, properties) {
  const ratio = window.devicePixelRatio || 1;
  const canvas = element("canvas", { width: Math.round(width * ratio), height: Math.round(height * ratio), ...properties });
  canvas.style.width = `${width}px`;
  canvas.style.aspectRatio = `${width} / ${height}`;
  const pen = canvas.getContext("2d");
  return { canvas, pen, clear: () => (pen.setTransform(ratio, 0, 0, ratio, 0, 0), pen.clearRect(0, 0, width, height)) };
}

const rgb = (colour) => colour.match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16));

/** Les segments d'une ligne de niveau d'un tableau carré (Lorensen et Cline, 1987, en deux dimensions). */
function isoline(values, side, level, segment) {
  const cross = (a, b) => (level - a) / (b - a);
  for (let row = 0; row < side - 1; row += 1) {
    for (let column = 0; column < side - 1; column += 1) {
      const at = row * side + column;
      const [a, b, c, d] = [values[at], values[at + 1], values[at + side + 1], values[at + side]];
      const ends = [];
      if (a < level !== b < level) ends.push([column + cross(a, b), row]);
      if (b < level !== c < level) ends.push([column + 1, row + cross(b, c)]);
      if (d < level !== c < level) ends.push([column + cross(d, c), row + 1]);
      if (a < level !== d < level) ends.push([column, row + cross(a, d)]);
      for (let k = 0; k + 1 < ends.length; k += 2) segment(ends[k], ends[k + 1]);
    }
  }
}

/** Le plan où jouent les deux réseaux : chaque calque se dessine seul. */
function planeOf(scene, css) {
  const { canvas, pen, clear } = canvasOf(SIDE, SIDE, {
    className: "lg-plane", tabIndex: 0, role: "application", "aria-roledescription": "plan",
    "aria-label": "Le plan : vrais points, faux points et réponse de la critique.",
  });
  const tile = document.createElement("canvas");
  tile.width = tile.height = scene.heat_side;
  const stamps = new Map();
  let limit = scene.draw_limit;
  const toX = (x) => ((x + limit) / (2 * limit)) * SIDE;
  const toY = (y) => ((limit - y) / (2 * limit)) * SIDE;

  /** Un même petit dessin, posé sur chaque point : bien plus rapide qu'un long tracé, sans carte graphique. */
  function stamp(points, name, trace) {
    const [half, ratio, colour] = [6, 2, css(name)];
    const key = `${name} ${colour}`;
    if (!stamps.has(key)) {
      const sprite = element("canvas", { width: 2 * half * ratio, height: 2 * half * ratio });
      const ink = sprite.getContext("2d");
      ink.setTransform(ratio, 0, 0, ratio, half * ratio, half * ratio);
      ink.fillStyle = colour;
      ink.beginPath();
      trace(ink, colour);
      stamps.set(key, sprite);
    }
    const sprite = stamps.get(key);
    for (let k = 0; k < points.length; k += 2) {
      const [x, y] = [toX(points[k]), toY(points[k + 1])];
      if (x > -half && x < SIDE + half && y > -half && y < SIDE + half) pen.drawImage(sprite, x - half, y - half, 2 * half, 2 * half);
    }
  }

  const layers = {
    heat(values, [low, high]) {
      const side = scene.heat_side;
      const [fake, real] = [rgb(css("--lg-generated")), rgb(css("--lg-real"))];
      const image = new ImageData(side, side);
      const range = high - low || 1;
      for (let row = 0; row < side; row += 1) {
        for (let column = 0; column < side; column += 1) {
          const t = clamp((values[(side - 1 - row) * side + column] - low) / range, 0, 1);
          const colour = t < 0.5 ? fake : real;
          image.data.set([...colour, 110 * Math.abs(2 * t - 1)], 4 * (row * side + column));
        }
      }
      tile.getContext("2d").putImageData(image, 0, 0);
      const edge = SIDE / (side - 1) / 2; // les mesures vont d'un bord à l'autre : le centre des carreaux est sur elles
      pen.drawImage(tile, -edge, -edge, SIDE + 2 * edge, SIDE + 2 * edge);
      pen.strokeStyle = css("--lg-critic");
      for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
        pen.lineWidth = share === 0.5 ? 1.8 : 0.7;
        pen.beginPath();
        const step = SIDE / (side - 1);
        isoline(values, side, low + share * range, ([x, y], [u, v]) => {
          pen.moveTo(x * step, SIDE - y * step);
          pen.lineTo(u * step, SIDE - v * step);
        });
        pen.stroke();
      }
    },
    manifold(nodes) {
      const side = scene.manifold_side;
      const at = (row, column) => [toX(nodes[2 * (row * side + column)]), toY(nodes[2 * (row * side + column) + 1])];
      pen.fillStyle = css("--lg-generated");
      const alpha = pen.globalAlpha;
      for (let row = 0; row < side - 1; row += 1) {
        for (let column = 0; column < side - 1; column += 1) {
          const [a, b, c, d] = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)];
          const area = Math.abs((c[0] - a[0]) * (d[1] - b[1]) - (c[1] - a[1]) * (d[0] - b[0])) / 2;
          pen.globalAlpha = alpha * clamp(40 / (area + 40), 0.03, 0.5); // chaque case porte la même masse
          pen.beginPath();
          pen.moveTo(...a), pen.lineTo(...b), pen.lineTo(...c), pen.lineTo(...d);
          pen.fill();
        }
      }
      pen.globalAlpha = alpha * 0.6;
      pen.strokeStyle = css("--lg-generated");
      pen.lineWidth = 0.8;
      pen.beginPath();
      for (let k = 0; k < side; k += 1) {
        for (let j = 0; j < side; j += 1) j ? pen.lineTo(...at(k, j)) : pen.moveTo(...at(k, j));
        for (let j = 0; j < side; j += 1) j ? pen.lineTo(...at(j, k)) : pen.moveTo(...at(j, k));
      }
      pen.stroke();
      pen.globalAlpha = alpha;
    },
    real(points) {
      stamp(points, "--lg-paper", (ink) => (ink.arc(0, 0, MARKS.real + 1, 0, 2 * Math.PI), ink.fill()));
      stamp(points, "--lg-real", (ink) => (ink.arc(0, 0, MARKS.real, 0, 2 * Math.PI), ink.fill()));
    },
    fake(points) {
      const [r, halo] = [MARKS.fake, css("--lg-paper")];
      stamp(points, "--lg-generated", (ink, colour) => {
        ink.moveTo(-r, -r), ink.lineTo(r, r), ink.moveTo(-r, r), ink.lineTo(r, -r);
        for (const [width, style] of [[3.4, halo], [1.7, colour]]) {
          [ink.lineWidth, ink.strokeStyle] = [width, style];
          ink.stroke();
        }
      });
    },
    arrows(tails, pulls) {
      for (const [width, colour] of [[3.6, css("--lg-paper")], [1.5, css("--lg-ink")]]) {
        pen.strokeStyle = colour;
        pen.lineWidth = width;
        pen.lineCap = "round";
        pen.beginPath();
        for (let k = 0; k < tails.length; k += 2) {
          const size = Math.hypot(pulls[k], pulls[k + 1]);
          const length = Math.min((ARROW.scale * size) / (2 * limit), ARROW.most) * SIDE;
          if (length < ARROW.least * SIDE) continue;
          const [u, v] = [pulls[k] / size, -pulls[k + 1] / size];
          const [x, y] = [toX(tails[k]), toY(tails[k + 1])];
          const [p, q, head] = [x + length * u, y + length * v, Math.min(5, length / 2)];
          pen.moveTo(x, y), pen.lineTo(p, q);
          pen.lineTo(p - head * (u + 0.6 * v), q - head * (v - 0.6 * u));
          pen.moveTo(p, q), pen.lineTo(p - head * (u - 0.6 * v), q - head * (v + 0.6 * u));
        }
        pen.stroke();
      }
    },
  };

  function frame(size) {
    limit = size;
    clear();
    pen.globalAlpha = 1;
    pen.strokeStyle = css("--lg-line");
    pen.lineWidth = 1;
    pen.beginPath();
    for (let value = -Math.floor(limit); value <= limit; value += 1) {
      pen.moveTo(toX(value), 0), pen.lineTo(toX(value), SIDE), pen.moveTo(0, toY(value)), pen.lineTo(SIDE, toY(value));
    }
    pen.stroke();
  }
  function strokes(lines, cursor, down) {
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = css("--lg-real");
    pen.lineWidth = 7;
    for (const line of lines) {
      pen.beginPath();
      line.forEach(([x, y], k) => (k ? pen.lineTo(toX(x), toY(y)) : pen.moveTo(toX(x), toY(y))));
      if (line.length === 1) pen.lineTo(toX(line[0][0]) + 0.1, toY(line[0][1]));
      pen.stroke();
    }
    if (!cursor) return;
    pen.beginPath();
    pen.arc(toX(cursor[0]), toY(cursor[1]), 7, 0, 2 * Math.PI);
    pen.lineWidth = 2;
    pen.strokeStyle = css("--lg-ink");
    pen.stroke();
    if (down) pen.fill();
  }
  function write(text) {
    pen.fillStyle = css("--lg-soft");
    pen.font = "14px system-ui, sans-serif";
    pen.textAlign = "center";
    text.split("\n").forEach((line, k) => pen.fillText(line, SIDE / 2, SIDE / 2 + 20 * k));
  }
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = (at, from, size) => (2 * clamp((at - from) / size, 0, 1) - 1) * limit;
    return [share(event.clientX, box.left, box.width), -share(event.clientY, box.top, box.height)];
  };
  return { canvas, frame, layers, strokes, write, placeOf, alpha: (value) => (pen.globalAlpha = value) };
}

/** Un petit graphique : des courbes nommées à leur fin. */
function plotOf(title, names, css) {
  const [width, height, left, top, bottom, right] = [404, 112, 48, 22, 16, 70];
  const { canvas, pen, clear } = canvasOf(width, height, { className: "lg-plot", role: "img", "aria-label": title });
  function draw(curves) {
    clear();
    pen.font = "600 12px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.textBaseline = "alphabetic";
    pen.fillStyle = css("--lg-ink");
    pen.fillText(title, 0, 12);
    const all = curves.flatMap(([, points]) => points.map(([, y]) => y)).sort((a, b) => a - b);
    const last = Math.max(1, ...curves.map(([, points]) => (points.length ? points.at(-1)[0] : 0)));
    let [low, high] = all.length ? [all[Math.floor(0.01 * all.length)], all[Math.ceil(0.99 * all.length) - 1]] : [0, 1];
    if (names.length === 1) low = 0;
    if (high - low < 1e-6) [low, high] = [low - 0.5, high + 0.5];
    const toX = (x) => left + (x / last) * (width - left - right);
    const toY = (y) => top + ((high - clamp(y, low, high)) / (high - low)) * (height - top - bottom);
    pen.strokeStyle = css("--lg-line");
    pen.fillStyle = css("--lg-soft");
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.lineWidth = 1;
    for (const value of [low, high]) {
      pen.beginPath();
      pen.moveTo(left, toY(value)), pen.lineTo(width - right, toY(value));
      pen.stroke();
      pen.textAlign = "right";
      pen.fillText(short(value), left - 4, toY(value));
    }
    pen.textAlign = "right";
    pen.textBaseline = "bottom";
    pen.fillText(`${decimal(last, 0)} pas du générateur`, width - right, height + 1);
    const ends = [];
    for (const [name, points] of curves) {
      const { colour, dash, label } = names.find((named) => named.name === name);
      if (!points.length) continue;
      pen.strokeStyle = pen.fillStyle = css(colour);
      pen.lineWidth = 1.7;
      pen.setLineDash(dash);
      pen.beginPath();
      points.forEach(([x, y], k) => (k ? pen.lineTo(toX(x), toY(y)) : pen.moveTo(toX(x), toY(y))));
      pen.stroke();
      pen.setLineDash([]);
      let y = toY(points.at(-1)[1]);
      for (const other of ends) if (Math.abs(other - y) < 13) y = other + (y >= other ? 13 : -13);
      ends.push(y);
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      pen.fillText(label, width - right + 5, clamp(y, 8, height - 8));
    }
  }
  return { canvas, draw };
}

/** Construit le laboratoire dans `el`. Rend une fonction qui le retire. Après chaque image, `el` émet « picture ». */
export function createGANLab(el, scene, source) {
  const root = element("div", { className: "lotus-gan", "data-lm-suppress-shortcuts": "true" });
  const cache = new Map();
  const css = (name) => {
    if (!cache.has(name)) cache.set(name, getComputedStyle(root).getPropertyValue(name).trim());
    return cache.get(name);
  };
  let [picture, latest] = [null, null];
  const turn = new MessageChannel(); // passe après les messages déjà arrivés
  let [asked, acknowledged, plotted, sketching, cursor, penDown, waiting] = [0, 0, 0, false, null, false, null];
  let strokes = [];

  // Les éléments de la page
  const plane = planeOf(scene, css);
  const losses = plotOf("Les pertes", [
    { name: "critic", label: "critique", colour: "--lg-critic", dash: [] },
    { name: "generator", label: "générateur", colour: "--lg-generated", dash: [5, 3] },
  ], css);
  const distance = plotOf("La distance de Wasserstein, exacte", [{ name: "distance", label: "distance", colour: "--lg-ink", dash: [] }], css);
  const button = (label, title, act, className = "") => {
    const node = element("button", { type: "button", title, className }, label);
    node.addEventListener("click", act);
    return node;
  };
  const menu = (label, options, act) => {
    const select = element("select", { "aria-label": label }, ...options.map(([value, text]) => element("option", { value }, text)));
    select.addEventListener("change", () => act(select.value));
    return { select, row: element("label", { className: "lg-menu" }, element("span", {}, label), select) };
  };
  const play = button("▶ Lancer", "Lance ou met en pause (barre d'espace quand le bouton a le focus)", () =>
    send({ ask: picture?.playing ? "pause" : "play" }), "lg-main");
  const slow = element("input", { type: "checkbox" });
  slow.addEventListener("change", () => send({ ask: "slow", slow: slow.checked }));
  const presets = menu("Situation", scene.presets.map(([name, label]) => [name, label]), (name) => {
    sketching = false;
    send({ ask: "preset", settings: { name } });
  });
  const laws = menu("Loi à imiter", scene.laws, (law) => (law === "dessin" ? sketch() : choose({ law })));
  const loss = menu("Perte", scene.losses, (value) => send({ ask: "change", settings: { loss: value } }));
  const optimizer = menu("Optimiseur", scene.optimizers, (value) => send({ ask: "change", settings: { optimizer: value } }));
  const knobs = scene.knobs.map(({ name, label, texts, values }) => {
    const input = element("input", { type: "range", min: 0, max: values.length - 1, step: 1, "aria-label": label });
    const output = element("output");
    input.addEventListener("input", () => {
      output.textContent = texts[input.value];
      input.setAttribute("aria-valuetext", texts[input.value]);
      send({ ask: "change", settings: { [name]: values[input.value] } });
    });
    return { name, input, output, row: element("label", { className: "lg-knob" }, element("span", {}, label), input, output) };
  });
  const layers = scene.layers.map(([name, label]) => {
    const input = element("input", { type: "checkbox", checked: true });
    input.addEventListener("change", () => (acknowledge(null), paint()));
    return { name, input, row: element("label", { className: `lg-layer ${name}` }, input, element("i"), label) };
  });
  const shown = (name) => layers.find((layer) => layer.name === name).input.checked;
  const chips = STAGES.map(([name, side, label, text], k) =>
    element("li", { className: side, "data-stage": name, title: text }, element("b", {}, String(k + 1)), label));
  const stage = element("p", { className: "lg-stage" });
  const counts = ["Modes couverts", "Bons échantillons", "Distance", "Gradient reçu"].map((label) => {
    const value = element("strong", {}, "–");
    return { label: element("span", {}, label), value };
  });
  const [task, aim] = [element("span"), element("strong")];
  const badge = element("span", { className: "lg-badge" }, "✓ atteint");
  const erase = button("Effacer le dessin", "Efface tous les traits", sketch);
  const scale = element("div", { className: "lg-scale" }, element("span"), element("i"), element("span"));
  const message = element("p", { className: "lg-message", role: "alert" });
  const spoken = element("p", { className: "lg-spoken", role: "status", "aria-live": "polite" });
  const pace = element("span", { className: "lg-pace" });
  root.append(
    element("div", { className: "lg-title", role: "heading", "aria-level": "3" }, scene.title),
    element("div", { className: "lg-choices" }, presets.row, laws.row, erase),
    element("p", { className: "lg-task" }, task, " ", aim, " ", badge),
    element("div", { className: "lg-body" },
      element("div", { className: "lg-left" },
        plane.canvas, scale,
        element("div", { className: "lg-layers", role: "group", "aria-label": "Calques" }, ...layers.map(({ row }) => row)),
        losses.canvas, distance.canvas,
      ),
      element("div", { className: "lg-right" },
        element("div", { className: "lg-play", role: "group", "aria-label": "Marche" }, play,
          element("label", { className: "lg-slow" }, slow, "Au ralenti"),
          button("↺ Recommencer", "Repart des mêmes poids de départ, avec les réglages en vigueur", () => send({ ask: "restart" }))),
        element("div", { className: "lg-play", role: "group", "aria-label": "Un seul pas" }, element("span", {}, "Un pas :"),
          button("critique seule", "Un pas de la critique ; le générateur ne bouge pas", () => send({ ask: "critique" })),
          button("générateur seul", "Un pas du générateur ; la critique ne bouge pas", () => send({ ask: "generateur" })),
          button("les deux", "Un cycle : les pas critiques, puis un pas du générateur", () => send({ ask: "deux" }))),
        element("ol", { className: "lg-cycle", "aria-label": "Les six sous-pas d'un cycle" }, ...chips),
        element("div", { className: "lg-below" }, stage, pace),
        element("div", { className: "lg-counts" }, ...counts.map(({ label, value }) => element("div", {}, value, label))),
        element("div", { className: "lg-settings", role: "group", "aria-label": "Réglages" },
          loss.row, optimizer.row, ...knobs.map(({ row }) => row)),
      ),
    ),
    message, spoken,
  );
  el.replaceChildren(root);

  // Parler au noyau
  function send(command) {
    asked += 1;
    source.send({ ...command, id: asked });
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      message.textContent = "Le noyau ne répond pas : il est occupé, ou il a été redémarré. Attendez la fin de la cellule en cours, " +
        "ou exécutez de nouveau celle-ci.";
    }, PATIENCE);
  }
  function acknowledge(frame) {
    acknowledged = frame ?? acknowledged;
    source.send({ ask: "shown", layers: layers.filter(({ input }) => input.checked).map(({ name }) => name), frame });
  }
  function choose(settings) {
    sketching = false;
    send({ ask: "choose", settings });
  }

  // Dessiner
  function paint() {
    if (sketching && !strokes.length) {
      plane.frame(scene.draw_limit);
      plane.write("Tracez la loi à la souris ou au doigt : des traits, des points.\nAu clavier : flèches, espace pour poser et lever le crayon.");
      return plane.strokes(penDown ? [penDown] : [], cursor, penDown);
    }
    if (!picture) return;
    const { arrays } = picture;
    plane.frame(picture.limit);
    const main = SHOWN_AT[picture.stage];
    for (const name of ["heat", "manifold", "real", "fake", "arrows"]) {
      if (!shown(name) || !(arrays[name] || (name === "arrows" && arrays.tails))) continue;
      plane.alpha(!main || main.includes(name) ? 1 : 0.22);
      if (name === "heat") plane.layers.heat(arrays.heat, picture.scale);
      else if (name === "arrows") plane.layers.arrows(arrays.tails, arrays.pull);
      else plane.layers[name](arrays[name]);
    }
    plane.alpha(1);
    if (sketching) plane.strokes(penDown ? [penDown] : [], cursor, penDown);
  }
  const points = (name) => {
    const array = picture.arrays[name] ?? [];
    return Array.from({ length: array.length / 2 }, (_, k) => [array[2 * k], array[2 * k + 1]]);
  };

  /** Dit que l'image est reçue ; de celles qui attendent, seule la dernière est dessinée. */
  function receive(content, buffers) {
    // une sur deux suffit : chaque message fait redessiner à JupyterLab l'état du noyau
    if (!content.playing || content.frame - acknowledged > 1 || content.frame < acknowledged) acknowledge(content.frame);
    if (latest === null) turn.port2.postMessage(null);
    latest = { content, buffers };
  }
  function show() {
    const { content, buffers } = latest;
    latest = null;
    picture = { ...content, arrays: Object.fromEntries(content.arrays.map((name, k) => [name, floats(buffers[k])])) };
    const { facts, playing, updates, knobs: positions } = picture;
    paint();
    if (!playing || performance.now() - plotted > PLOT_EVERY) {
      plotted = performance.now();
      losses.draw([["critic", points("critic")], ["generator", points("generator")]]);
      distance.draw([["distance", points("distance")]]);
    }
    if (picture.heard >= asked) {
      clearTimeout(waiting);
      put(message, picture.problem);
      presets.select.value = picture.preset;
      if (!sketching) laws.select.value = picture.law;
      if (picture.law === "dessin" && !sketching) [sketching, strokes] = [true, picture.strokes];
      loss.select.value = picture.loss;
      optimizer.select.value = picture.optimizer;
      slow.checked = picture.slow;
      for (const { name, input, output } of knobs) {
        if (Number(input.value) !== positions[name].position) input.value = positions[name].position;
        put(output, positions[name].text);
        put(input, positions[name].text, "aria-valuetext");
      }
    }
    for (const { name, row, input } of knobs) {
      const used = !USED_BY[name] || USED_BY[name] === picture.loss;
      row.classList.toggle("off", !used);
      input.disabled = !used;
    }
    put(play, playing ? "❚❚ Pause" : "▶ Lancer");
    put(pace, picture.rate ? `${Math.round(picture.rate)} pas/s` : "");
    erase.hidden = !sketching;
    const [, , text, goal] = scene.presets.find(([name]) => name === picture.preset);
    put(task, text);
    put(aim, goal);
    badge.hidden = !picture.reached;
    for (const chip of chips) {
      const active = chip.dataset.stage === picture.stage;
      chip.classList.toggle("active", active);
      active ? chip.setAttribute("aria-current", "step") : chip.removeAttribute("aria-current");
    }
    const [steps, critic] = [decimal(updates.generator, 0), decimal(updates.critic, 0)];
    const active = STAGES.find(([name]) => name === picture.stage);
    put(stage, active ? active[3] : `${critic} pas critiques, ${steps} pas du générateur.`);
    put(counts[0].label, picture.curved ? "Tronçons couverts" : "Modes couverts");
    put(counts[0].value, `${facts.modes} sur ${facts.total}`);
    put(counts[1].value, `${Math.round(100 * facts.good)} %`);
    put(counts[2].value, short(facts.distance));
    put(counts[3].value, short(facts.pull));
    const [low, high] = ["minimax", "non_saturating"].includes(picture.loss)
      ? ["D(x) = 0 : faux", "D(x) = 1 : vrai"] : [`f(x) = ${short(picture.scale[0])} : faux`, `f(x) = ${short(picture.scale[1])} : vrai`];
    put(scale.firstChild, low);
    put(scale.lastChild, high);
    if (!playing) {
      const spell = `${facts.modes} modes couverts sur ${facts.total}, ${Math.round(100 * facts.good)} % de bons échantillons, ${steps} pas du générateur.`;
      put(spoken, spell);
    }
    const marks = {
      frame: picture.frame, playing, stage: picture.stage ?? "", loss: picture.loss, law: picture.law, modes: facts.modes,
      critic: updates.critic, generator: updates.generator, preset: picture.preset, heard: picture.heard, asked, drawn: strokes.length,
    };
    for (const [name, value] of Object.entries(marks)) put(root, value, `data-${name}`);
    el.dispatchEvent(new CustomEvent("picture", { bubbles: true, detail: { playing, frame: picture.frame, updates } }));
  }

  // Dessiner la loi : souris, doigt, clavier
  function sketch() {
    [sketching, strokes, cursor, penDown] = [true, [], null, false];
    laws.select.value = "dessin";
    erase.hidden = false;
    send({ ask: "pause" });
    plane.canvas.focus();
    paint();
  }
  function lift() {
    if (!penDown) return;
    strokes = [...strokes, penDown];
    penDown = false;
    send({ ask: "choose", settings: { strokes } });
    paint();
  }
  plane.canvas.addEventListener("pointerdown", (event) => {
    if (!sketching) return;
    plane.canvas.setPointerCapture(event.pointerId);
    [cursor, penDown] = [null, [plane.placeOf(event)]];
    paint();
  });
  plane.canvas.addEventListener("pointermove", (event) => {
    if (!penDown || cursor) return;
    const place = plane.placeOf(event);
    const [x, y] = penDown.at(-1);
    if (Math.hypot(place[0] - x, place[1] - y) > 0.04) penDown.push(place);
    paint();
  });
  plane.canvas.addEventListener("pointerup", lift);
  plane.canvas.addEventListener("pointercancel", lift);
  plane.canvas.addEventListener("keydown", (event) => {
    if (!sketching) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (way) {
      const stride = event.shiftKey ? 0.4 : 0.1;
      const limit = scene.draw_limit;
      const [x, y] = cursor ?? [0, 0];
      cursor = [clamp(x + way[0] * stride, -limit, limit), clamp(y + way[1] * stride, -limit, limit)];
      if (penDown) penDown.push(cursor);
    } else if (event.key === " " || event.key === "Enter") {
      cursor ??= [0, 0];
      if (penDown) lift();
      else penDown = [cursor];
    } else return;
    event.preventDefault();
    event.stopPropagation();
    paint();
  });
  root.addEventListener("keydown", (event) => event.stopPropagation()); // les touches restent au laboratoire

  // Le thème de Jupyter, sinon celui du système
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => {
    root.classList.toggle("dark", isDark());
    cache.clear();
    paint();
  };
  function isDark() {
    const jupyter = document.body.dataset.jpThemeLight;
    return jupyter ? jupyter === "false" : document.body.classList.contains("vscode-dark") || system.matches;
  }
  const observer = new MutationObserver(theme);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  system.addEventListener("change", theme);
  erase.hidden = badge.hidden = true;
  source.onpicture = receive;
  turn.port1.onmessage = show;
  const ready = requestAnimationFrame(() => {
    theme(); // la feuille de style s'applique une fois `el` dans la page
    acknowledge(null);
  });

  return () => {
    cancelAnimationFrame(ready);
    turn.port1.close();
    clearTimeout(waiting);
    observer.disconnect();
    system.removeEventListener("change", theme);
    source.onpicture = null;
  };
}

/** Le noyau Jupyter, par messages. */
function kernelSource(model) {
  const source = {
    send: (command) => model.send(command),
    onpicture: null,
    close: () => model.off("msg:custom", receive),
  };
  const receive = (content, buffers) => source.onpicture?.(content, buffers);
  model.on("msg:custom", receive);
  return source;
}

export default {
  render({ model, el }) {
    const source = kernelSource(model);
    const remove = createGANLab(el, model.get("_scene"), source);
    return () => {
      remove();
      source.close();
    };
  },
};
