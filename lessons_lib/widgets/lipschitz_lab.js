// Trois critiques entre deux lois : leur courbe sur la critique optimale, l'histogramme de leurs pentes, et ce qui les tient.
//
// La page dessine ce que le noyau lui donne, dans un seul objet :
//   source.change(controls)  controls : {clip, penalty_weight, laws, seed} ; appelée quand un réglage change
//   source.onpicture, source.oncontrols  que le noyau appelle avec l'état des critiques, avec de nouveaux réglages
// Une page sans noyau appelle createLipschitzLab avec sa propre source.

const WIDTH = 266;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const floats = (view) => new Float32Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer);
const BOLD = "600 12px system-ui, sans-serif";

/** Un nombre à trois chiffres significatifs, à la française ; en puissance de dix s'il est très grand ou très petit. */
function decimal(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e5)) {
    const power = Math.floor(Math.log10(size));
    const digits = [...String(Math.abs(power))].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
    return `${decimal(Math.round((value / 10 ** power) * 10) / 10)} × 10${power < 0 ? "⁻" : ""}${digits}`;
  }
  const options = size >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: size >= 1 ? 3 : 2 };
  return value.toLocaleString("fr-FR", options).replace("-", "−");
}

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Un canevas net ; start(css) le vide et rend de quoi y dessiner en pixels de page. */
function canvasOf(width, height, label) {
  const canvas = element("canvas", { role: "img", "aria-label": label });
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
      pen.fillStyle = css("--ll-paper");
      pen.fillRect(0, 0, width, height);
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

const CONTROLS = {
  free: { help: "Rien ne retient la pente." },
  clipped: { key: "clip", name: "c", label: "Borne c de l'écrêtage", help: "Après chaque pas, chaque poids est ramené entre −c et c." },
  penalised: { key: "penalty_weight", name: "λ", label: "Poids lambda de la pénalité",
    help: "À chaque pas, λ (|pente| − 1)² s'ajoute à la perte, aux points x̂." },
};

/** Construit le laboratoire dans `el`. Rend une fonction qui le retire. data-facts porte les pentes de l'image montrée. */
export function createLipschitzLab(el, scene, firstControls, firstPicture, source) {
  const root = element("div", { className: "lotus-ll" });
  let colours = {}; // lues une fois par thème : getComputedStyle est lent
  let dark = false;
  const css = (name) => (colours[name] ??= getComputedStyle(root).getPropertyValue(name).trim());
  let controls = { ...firstControls };
  let picture = firstPicture;

  // Les éléments de la page
  const columns = Object.entries(scene.kinds).map(([kind, name]) => columnOf(kind, name));
  const laws = element("select", { "aria-label": "Les deux lois", "data-lm-suppress-shortcuts": "true" },
    ...scene.laws.map((name, i) => element("option", { value: String(i) }, name)));
  laws.addEventListener("change", () => change({ laws: Number(laws.value) }));
  const again = element("button", { type: "button", "data-lm-suppress-shortcuts": "true",
    title: "Tire d'autres poids de départ et d'autres échantillons" }, "Recommencer, autre graine");
  again.addEventListener("click", () => change({ seed: controls.seed + 1 }));
  const progress = element("progress", { max: scene.steps, value: 0, "aria-label": "Avancement de l'entraînement" });
  const status = element("span", { className: "ll-status" });
  root.append(
    element("div", { className: "ll-title", role: "heading", "aria-level": "3" }, scene.title),
    element("div", { className: "ll-tools" }, element("label", {}, "Les deux lois ", laws), again, progress, status),
    element("div", { className: "ll-columns" }, ...columns.map(({ node }) => node)),
    element("p", { className: "ll-help" },
      "En haut, à la même échelle pour les trois : la critique (violet), l'optimale de pente 1 (gris, tirets), la même courbe " +
      "agrandie ou réduite pour en montrer la forme (pointillé) ; en bas les deux lois. Bouger un curseur reprend " +
      "l'entraînement de cette critique ; les 40 premiers pas de chacune sont sans contrainte."),
  );
  el.replaceChildren(root);

  function columnOf(kind, name) {
    const verdict = element("div", { className: "ll-verdict", role: "status", "aria-live": "polite" });
    const curve = canvasOf(WIDTH, 204, `${name} : la courbe de la critique et l'optimale`);
    const slopes = canvasOf(WIDTH, 116, `${name} : histogramme des pentes, en échelle logarithmique`);
    const why = canvasOf(WIDTH, 104, { free: "La pente médiane au fil des pas", clipped: "L'histogramme des poids",
      penalised: "Les points x̂ entre vrais et faux points" }[kind]);
    const { key, name: symbol, label, help } = CONTROLS[kind];
    const node = element("section", { className: `ll-column ${kind}`, "aria-label": name },
      element("h4", {}, name), verdict, curve.canvas, slopes.canvas, why.canvas, element("p", {}, help));
    let show = () => {};
    if (key) {
      const [low, high] = scene.limits[key].map(Math.log10);
      const range = element("input", { type: "range", min: low, max: high, step: "0.05", "aria-label": label,
        "data-lm-suppress-shortcuts": "true" });
      const value = element("output", {});
      range.addEventListener("input", () => {
        const wanted = Number((10 ** Number(range.value)).toPrecision(2));
        change({ [key]: clamp(wanted, ...scene.limits[key]) });
      });
      node.append(element("label", { className: "ll-slider" }, element("b", {}, `${symbol} = `), value, range));
      show = () => {
        range.value = Math.log10(controls[key]);
        value.textContent = decimal(controls[key]);
        range.setAttribute("aria-valuetext", value.textContent);
      };
    }
    return { kind, node, verdict, curve, slopes, why, show };
  }

  function change(part) {
    controls = { ...controls, ...part };
    source.change(controls);
    later();
  }
  source.onpicture = (wanted) => {
    picture = wanted;
    later();
  };
  source.oncontrols = (wanted) => {
    controls = { ...wanted };
    later();
  };
  let frame = null;
  function later() {
    frame ??= requestAnimationFrame(() => {
      frame = null;
      draw();
    });
  }

  // Dessiner
  const EDGE = 8;
  const toX = (share) => EDGE + share * (WIDTH - 2 * EDGE);
  const place = (x) => toX((x - scene.line[0]) / (scene.line[1] - scene.line[0]));

  function drawCurve({ curve: panel }, critic, pair) {
    const pen = panel.start(css);
    const { optimal, p, q, low, high } = pair;
    const f = floats(critic.curve);
    const [top, bottom] = [20, panel.height - 4];
    const margin = 0.35 * (high - low);
    const toY = (value) => bottom - ((value - low + margin) / (high - low + 2 * margin)) * (bottom - top);
    const along = (values) => Array.from(values, (value, k) => [toX(k / (values.length - 1)), toY(value)]);
    for (const [density, colour] of [[p, "--ll-real"], [q, "--ll-generated"]]) {
      const peak = Math.max(...density);
      pen.beginPath();
      pen.moveTo(toX(0), bottom);
      density.forEach((value, k) => pen.lineTo(toX(k / (density.length - 1)), bottom - (value / peak) * 34));
      pen.lineTo(toX(1), bottom);
      pen.fillStyle = css(colour);
      pen.globalAlpha = 0.35;
      pen.fill();
      pen.globalAlpha = 1;
    }
    line(pen, along(optimal), css("--ll-guide"), 3, [7, 4]);
    pen.save();
    pen.beginPath();
    pen.rect(0, top - 2, WIDTH, bottom - top + 2);
    pen.clip();
    if (critic.verdict !== "proche de 1") line(pen, along(f.map((value) => value / critic.median)), css("--ll-critic"), 1.6, [2, 3]);
    line(pen, along(f.map((value) => clamp(value, -1e6, 1e6))), css("--ll-critic"), 2.6);
    pen.restore();
    const factor = critic.median > 1 ? critic.median : 1 / critic.median;
    if (critic.verdict !== "proche de 1")
      write(pen, `pointillé : la même, ${critic.median > 1 ? "réduite" : "agrandie"} ${decimal(factor)} fois`, toX(0), 12, css("--ll-soft"));
  }

  function drawSlopes({ slopes: panel }, critic) {
    const pen = panel.start(css);
    const shares = floats(critic.shares);
    const [top, bottom] = [20, panel.height - 30];
    const [low, high] = scene.exponents;
    const at = (exponent) => toX((exponent - low) / (high - low));
    const most = Math.max(0.05, ...shares);
    const wide = (at(high) - at(low)) / shares.length;
    pen.fillStyle = css("--ll-critic");
    shares.forEach((share, k) => {
      const height = (share / most) * (bottom - top);
      if (height > 0) pen.fillRect(at(low) + k * wide, bottom - height, wide - 0.5, height);
    });
    line(pen, [[toX(0), bottom], [toX(1), bottom]], css("--ll-guide"));
    line(pen, [[at(0), top - 6], [at(0), bottom]], css("--ll-guide"), 2, [5, 4]);
    for (const [exponent, label] of [[-4, "10⁻⁴"], [-2, "10⁻²"], [0, "1"], [2, "10²"], [4, "10⁴"]])
      write(pen, label, at(exponent), bottom + 13, css(exponent ? "--ll-soft" : "--ll-ink"), { align: "center", font: exponent ? undefined : BOLD });
    write(pen, "|pente| là où la masse passe", toX(0.5), bottom + 27, css("--ll-ink"), { align: "center" });
  }

  function drawMedians(pen, { height }, critic) {
    const medians = floats(critic.medians);
    const [top, bottom] = [24, height - 18];
    const [low, high] = [-2, Math.max(2, Math.ceil(Math.log10(Math.max(...medians, 1))))];
    const up = (value) => bottom - ((clamp(Math.log10(value), low, high) - low) / (high - low)) * (bottom - top);
    line(pen, [[toX(0), up(1)], [toX(1), up(1)]], css("--ll-guide"), 2, [5, 4]);
    const points = Array.from(medians, (value, k) => [toX(((k + 1) / medians.length) * (critic.index / scene.steps)), up(value)]);
    line(pen, points, css("--ll-critic"), 2.2);
    write(pen, "pente médiane au fil des pas", toX(0), 12, css("--ll-ink"));
    write(pen, "1", toX(1), up(1) - 5, css("--ll-soft"), { align: "right" });
    const [x, y] = points.at(-1);
    write(pen, decimal(critic.median), clamp(x, 60, toX(1)), clamp(y - 6, 24, bottom), css("--ll-critic"), { align: "right", font: BOLD });
    write(pen, `${critic.index} pas`, clamp(x, 40, toX(1)), height - 4, css("--ll-soft"), { align: "right" });
  }

  function drawWeights(pen, { height }, critic) {
    const piles = floats(critic.weights);
    const [top, bottom] = [22, height - 18];
    const most = Math.max(1, ...piles);
    const total = piles.reduce((sum, value) => sum + value, 0) || 1;
    const wide = (toX(1) - toX(0)) / piles.length;
    const edges = (piles[0] + piles.at(-1)) / total;
    piles.forEach((count, k) => {
      const size = (count / most) * (bottom - top);
      pen.fillStyle = css(k === 0 || k === piles.length - 1 ? "--ll-alarm" : "--ll-critic");
      pen.fillRect(toX(0) + k * wide, bottom - size, wide - 0.5, size);
    });
    line(pen, [[toX(0), bottom], [toX(1), bottom]], css("--ll-guide"));
    write(pen, `les poids : ${decimal(Math.round(100 * edges))} % contre les bornes`, toX(0), 12, css("--ll-ink"));
    write(pen, "−c", toX(0), height - 4, css("--ll-soft"));
    write(pen, "0", toX(0.5), height - 4, css("--ll-soft"), { align: "center" });
    write(pen, "c", toX(1), height - 4, css("--ll-soft"), { align: "right" });
  }

  function drawPairs(pen, { height }, critic) {
    const trio = floats(critic.trio);
    const count = trio.length / 3;
    const [top, bottom] = [30, height - 16];
    write(pen, "la pénalité est prise en x̂, entre vrai et faux", toX(0), 12, css("--ll-ink"));
    for (let k = 0; k < count; k += 1) {
      const [x, hat, fake] = [0, 1, 2].map((row) => trio[row * count + k]);
      const epsilon = Math.abs(x - fake) > 1e-6 ? (hat - fake) / (x - fake) : 0.5; // x̂ = epsilon x + (1 − epsilon) G(z)
      line(pen, [[place(x), top], [place(fake), bottom]], css("--ll-line"), 1);
      for (const [at, level, colour, size] of [[x, 1, "--ll-real", 2.4], [fake, 0, "--ll-generated", 2.4], [hat, epsilon, "--ll-plan", 3.2]]) {
        pen.beginPath();
        pen.arc(place(at), bottom - level * (bottom - top), size, 0, 2 * Math.PI);
        pen.fillStyle = css(colour);
        pen.fill();
      }
    }
    const labels = [["vrais", top, "--ll-real"], ["x̂", (top + bottom) / 2, "--ll-plan-ink"], ["faux", bottom, "--ll-generated"]];
    for (const [text, y, colour] of labels) {
      pen.strokeStyle = css("--ll-paper");
      pen.lineWidth = 5;
      pen.font = BOLD;
      pen.strokeText(text, toX(0), y + 4);
      write(pen, text, toX(0), y + 4, css(colour), { font: BOLD });
    }
  }

  const reasons = { free: drawMedians, clipped: drawWeights, penalised: drawPairs };

  function drawVerdict({ verdict }, critic, pair) {
    const fine = critic.verdict === "proche de 1";
    verdict.className = `ll-verdict ${fine ? "fine" : "wrong"}`;
    verdict.replaceChildren(
      element("strong", {}, decimal(critic.median)), ` pente ${critic.verdict}`,
      element("small", {}, `écart creusé ${decimal(critic.gap)} ; W1 = ${decimal(pair.distance)}`),
    );
  }

  function draw() {
    if (root.classList.toggle("dark", isDark()) !== dark) [dark, colours] = [!dark, {}];
    laws.value = String(controls.laws);
    for (const column of columns) column.show();
    if (!picture?.critics) {
      status.textContent = "L'entraînement commence…";
      return;
    }
    const optimal = floats(picture.optimal);
    const pair = { optimal, p: floats(picture.p), q: floats(picture.q), distance: picture.distance,
      low: Math.min(...optimal), high: Math.max(...optimal) };
    for (const column of columns) {
      const critic = picture.critics[column.kind];
      drawVerdict(column, critic, pair);
      drawCurve(column, critic, pair);
      drawSlopes(column, critic);
      reasons[column.kind](column.why.start(css), column.why, critic);
    }
    const least = Math.min(...Object.values(picture.critics).map(({ index }) => index));
    progress.value = least;
    status.textContent = least < scene.steps ? `pas ${least} sur ${scene.steps}` : `${scene.steps} pas critiques faits`;
    root.dataset.facts = JSON.stringify(
      Object.fromEntries(Object.entries(picture.critics).map(([kind, { index, median, verdict, strength }]) => [kind, { index, median, verdict, strength }])),
    );
  }

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
    observer.disconnect();
    system.removeEventListener("change", later);
    cancelAnimationFrame(frame);
  };
}

export default {
  render({ model, el }) {
    const source = {
      change(controls) {
        model.set("_controls", controls);
        model.save_changes();
      },
    };
    const remove = createLipschitzLab(el, model.get("_scene"), model.get("_controls"), model.get("_picture"), source);
    const picture = () => source.onpicture(model.get("_picture"));
    const controls = () => source.oncontrols(model.get("_controls"));
    model.on("change:_picture", picture);
    model.on("change:_controls", controls);
    model.send({ ask: "start" });
    return () => {
      model.off("change:_picture", picture);
      model.off("change:_controls", controls);
      remove();
    };
  },
};
