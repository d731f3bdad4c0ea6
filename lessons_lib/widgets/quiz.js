// Un quiz : la page montre les questions, envoie les réponses au noyau, et montre le verdict qu'il rend.
//
// La page ne connaît aucune réponse. Elle parle à un seul objet :
//   source.ask(message)  message : {ask: "answer", question, answer}, {ask: "reveal", question} ou {ask: "restart"}
//   source.onstate       que le noyau appelle avec le score et les verdicts

const PATIENCE = 8000; // millisecondes sans verdict avant de dire que le noyau se tait
const WAITING = "Correction…";
const SILENT = "Le noyau n'a pas encore répondu. S'il calcule, le verdict viendra ensuite ; sinon, exécutez de nouveau cette cellule.";
let quizzes = 0; // pour des identifiants uniques dans la page

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Le texte, ses `passages de code` mis en éléments. */
const rich = (text) => text.split("`").map((part, i) => (i % 2 ? element("code", {}, part) : part));
const plain = (text) => text.replaceAll("`", "");
const sign = (right) => element("span", { className: `qz-sign ${right ? "right" : "wrong"}`, "aria-hidden": "true" }, right ? "✔" : "✘");

/** Une explication, sous une option ou une étape. */
function noteOf({ right, chosen, why }, kind) {
  const ticked = chosen === null ? "" : chosen ? ", cochée" : ", non cochée";
  const word = kind === "ordre" ? "" : `${right ? "Juste" : "Fausse"}${ticked}. `;
  return [sign(right), element("span", {}, element("b", {}, word), ...rich(why))];
}

/** Les options : boutons radio ou cases. */
function choiceOf({ kind, items }, id) {
  const several = kind === "plusieurs";
  const rows = items.map((text, place) => {
    const note = element("div", { className: "qz-note", id: `${id}-n${place}`, hidden: true });
    const input = element("input", { type: several ? "checkbox" : "radio", name: id, value: String(place) });
    return { input, note, node: element("div", { className: "qz-option" }, element("label", {}, input, element("span", {}, ...rich(text))), note) };
  });
  const chosen = () => rows.flatMap(({ input }, place) => (input.checked ? [place] : []));
  return {
    nodes: rows.map(({ node }) => node),
    answer: () => (several ? chosen() : (chosen()[0] ?? null)),
    explain(details) {
      for (const [place, { input, note }] of rows.entries()) {
        const detail = details.find((found) => found.place === place);
        note.hidden = !detail;
        note.replaceChildren(...(detail ? noteOf(detail, kind) : []));
        if (detail) input.setAttribute("aria-describedby", note.id);
        else input.removeAttribute("aria-describedby");
      }
    },
    clear: () => rows.forEach(({ input }) => (input.checked = false)),
  };
}

/** Un nombre, dans un champ de texte : la virgule y est permise. */
function numberOf({ unit }, id) {
  const input = element("input", { type: "text", inputMode: "decimal", autocomplete: "off", id: `${id}-v`, size: 12 });
  const label = element("label", { htmlFor: input.id }, "Votre réponse");
  return {
    nodes: [element("div", { className: "qz-number" }, label, input, unit ? element("span", {}, ...rich(unit)) : "")],
    answer: () => input.value,
    explain() {},
    clear: () => (input.value = ""),
  };
}

/** Des étapes à remettre dans l'ordre : Alt+flèches, boutons, ou souris. */
function orderOf({ items }, id, say) {
  const list = element("ol", { className: "qz-steps" });
  const rows = items.map((text, place) => {
    const note = element("div", { className: "qz-note", hidden: true });
    const button = (by, arrow, word) => {
      const node = element("button", { type: "button", tabIndex: -1, "aria-label": `${word} : ${plain(text)}` }, arrow);
      node.addEventListener("click", () => move(row, rank(row) + by));
      return node;
    };
    const node = element("li", { tabIndex: 0, "aria-describedby": `${id}-help` });
    const row = { place, node, note, text };
    node.append(
      element("div", { className: "qz-step" }, element("span", { className: "qz-grip", "aria-hidden": "true" }, "⠿"),
        element("span", { className: "qz-text" }, ...rich(text)), button(-1, "↑", "Monter"), button(1, "↓", "Descendre")),
      note,
    );
    node.addEventListener("keydown", (event) => {
      if (event.target !== node) return;
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.key === "Enter") node.closest("form").requestSubmit();
      else if (by && event.altKey) move(row, rank(row) + by);
      else if (by) list.children[rank(row) + by]?.focus();
      else return;
      event.preventDefault();
    });
    node.addEventListener("pointerdown", (event) => drag(row, event));
    return row;
  });
  const rank = (row) => [...list.children].indexOf(row.node);
  const name = () => [...list.children].forEach((node, i) => {
    const { text } = rows.find((row) => row.node === node);
    node.setAttribute("aria-label", `${i + 1} sur ${rows.length} : ${plain(text)}`);
  });

  /** Met une étape à un rang ; le focus la suit. */
  function move(row, to) {
    if (to < 0 || to >= rows.length || to === rank(row)) return;
    const others = [...list.children].filter((node) => node !== row.node);
    list.insertBefore(row.node, others[to] ?? null);
    name();
    row.node.focus();
    say(`${plain(row.text)} : place ${to + 1} sur ${rows.length}.`);
  }

  function drag(row, start) {
    const touch = start.pointerType === "touch";
    if (start.button || start.target.closest("button, .qz-note") || (touch && !start.target.closest(".qz-grip"))) return;
    start.preventDefault(); // ni sélection de texte, ni geste de JupyterLab
    row.node.focus();
    row.node.classList.add("held");
    const follow = ({ clientY }) => {
      const boxes = [...list.children].filter((node) => node !== row.node).map((node) => node.getBoundingClientRect());
      move(row, boxes.filter(({ top, height }) => clientY > top + height / 2).length);
    };
    const drop = () => {
      row.node.classList.remove("held");
      for (const [kind, heard] of heards) window.removeEventListener(kind, heard);
    };
    const heards = [["pointermove", follow], ["pointerup", drop], ["pointercancel", drop]];
    for (const [kind, heard] of heards) window.addEventListener(kind, heard);
  }

  const arrange = (places) => {
    list.append(...places.map((place) => rows[place].node));
    name();
  };
  arrange(rows.map(({ place }) => place));
  const help = "Faites glisser une étape, ou déplacez-la avec Alt + ↑ et Alt + ↓. Entrée valide.";
  return {
    ownHelp: true,
    nodes: [element("p", { className: "qz-help", id: `${id}-help` }, help), list],
    answer: () => [...list.children].map((node) => rows.find((row) => row.node === node).place),
    explain(details) {
      const held = document.activeElement;
      if (details.length) arrange(details.map(({ place }) => place));
      if (list.contains(held)) held.focus(); // déplacer un élément lui ôte le focus
      for (const { place, note } of rows) {
        const detail = details.find((found) => found.place === place);
        note.hidden = !detail;
        note.replaceChildren(...(detail ? noteOf(detail, "ordre") : []));
      }
    },
    clear: () => arrange(rows.map(({ place }) => place)),
  };
}

const KINDS = { choix: choiceOf, plusieurs: choiceOf, nombre: numberOf, ordre: orderOf };

/** Construit le quiz dans `el`. Rend une fonction qui le retire. */
export function createQuiz(el, scene, firstState, source) {
  const id = `lotus-quiz-${(quizzes += 1)}`;
  const root = element("section", { className: "lotus-qz", "aria-label": scene.title, "data-lm-suppress-shortcuts": "true" });
  root.addEventListener("keydown", (event) => event.stopPropagation()); // les touches restent au quiz
  const spoken = element("div", { className: "qz-hidden", "aria-live": "polite" });
  const say = (text) => (spoken.textContent = text);
  const forms = scene.questions.map((question, place) => formOf(question, place));
  const total = element("strong", { className: "qz-total", role: "status" });
  const note = element("p", { className: "qz-warning", role: "status" });
  let round = firstState.round;

  // « Recommencer », en deux temps
  const again = element("button", { type: "button" }, "Recommencer");
  const sure = element("button", { type: "button", className: "qz-alarm" }, "Effacer le score de cette leçon");
  const cancel = element("button", { type: "button" }, "Garder le score");
  const confirm = element("span", { className: "qz-confirm", hidden: true }, sure, cancel);
  const asking = (yes) => {
    [again.hidden, confirm.hidden] = [yes, !yes];
    (yes ? cancel : again).focus();
  };
  again.addEventListener("click", () => asking(true));
  cancel.addEventListener("click", () => asking(false));
  confirm.addEventListener("keydown", ({ key }) => key === "Escape" && asking(false));
  sure.addEventListener("click", () => {
    asking(false);
    source.ask({ ask: "restart" });
  });

  root.append(
    element("div", { className: "qz-title", role: "heading", "aria-level": "3" }, scene.title),
    ...forms.map(({ node }) => node),
    element("div", { className: "qz-score" }, total, again, confirm),
    element("p", { className: "qz-help" }, "Le score reste sur cette machine."), note, spoken,
  );
  el.replaceChildren(root);

  function formOf(question, place) {
    const body = KINDS[question.kind](question, `${id}-${place}`, say);
    const mark = element("span", { className: "qz-mark" });
    const verdict = element("div", { className: "qz-verdict", role: "status", tabIndex: -1 });
    const reveal = element("button", { type: "button", hidden: true }, "Voir la réponse");
    const legend = element("legend", {}, element("span", { className: "qz-rank" }, `Question ${place + 1} `), mark,
      element("span", { className: "qz-asked" }, ...rich(question.text)));
    const node = element("form", { noValidate: true, className: "qz-question" },
      element("fieldset", {}, legend, ...(body.ownHelp ? [] : [element("p", { className: "qz-help" }, question.hint)]), ...body.nodes),
      element("div", { className: "qz-actions" }, element("button", { type: "submit", className: "qz-submit" }, "Valider"), reveal),
      verdict);
    let shown = null; // le numéro du verdict montré
    let timer = 0;
    const ask = (message) => {
      verdict.className = "qz-verdict";
      verdict.textContent = WAITING;
      clearTimeout(timer);
      timer = setTimeout(() => (verdict.textContent = SILENT), PATIENCE);
      source.ask({ ...message, question: place });
    };
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      ask({ ask: "answer", answer: body.answer() });
    });
    reveal.addEventListener("click", () => {
      verdict.focus(); // le bouton va disparaître
      ask({ ask: "reveal" });
    });

    function show(state) {
      node.classList.toggle("passed", state.passed);
      mark.replaceChildren(...(state.passed ? [sign(true), "réussie"] : []));
      const answer = state.verdict;
      reveal.hidden = !state.reveal || Boolean(answer?.revealed);
      if ((answer?.count ?? null) === shown) return;
      shown = answer?.count ?? null;
      clearTimeout(timer);
      body.explain(answer?.details ?? []);
      verdict.className = "qz-verdict";
      verdict.replaceChildren();
      if (!answer) return;
      const known = answer.passed !== null && !answer.revealed;
      verdict.classList.add(known ? (answer.passed ? "right" : "wrong") : "neutral");
      const aloud = answer.passed === false && !answer.revealed ? answer.details.map(({ why }) => ` ${plain(why)}`) : [];
      verdict.append(...(known ? [sign(answer.passed)] : []), element("span", {}, element("b", {}, answer.summary), " ", ...rich(answer.why),
        element("span", { className: "qz-hidden" }, ...aloud)));
    }
    const clear = () => {
      clearTimeout(timer);
      body.clear();
      verdict.replaceChildren();
    };
    return { node, show, clear, stop: () => clearTimeout(timer) };
  }

  source.onstate = (state) => {
    if (state.round !== round) {
      round = state.round;
      forms.forEach(({ clear }) => clear());
    }
    forms.forEach(({ show }, place) => show(state.questions[place]));
    total.textContent = state.total;
    note.textContent = state.note;
    note.hidden = !state.note;
  };
  source.onstate(firstState);

  // Le thème de Jupyter, sinon celui du système
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dress = () => {
    const jupyter = document.body.dataset.jpThemeLight;
    root.classList.toggle("dark", jupyter ? jupyter === "false" : document.body.classList.contains("vscode-dark") || system.matches);
  };
  const observer = new MutationObserver(dress);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  system.addEventListener("change", dress);
  dress();
  return () => {
    observer.disconnect();
    system.removeEventListener("change", dress);
    forms.forEach(({ stop }) => stop());
  };
}

export default {
  render({ model, el }) {
    const source = { ask: (message) => model.send(message) };
    const remove = createQuiz(el, model.get("_scene"), model.get("_state"), source);
    const state = () => source.onstate(model.get("_state"));
    model.on("change:_state", state);
    model.send({ ask: "hello" });
    return () => {
      model.off("change:_state", state);
      remove();
    };
  },
};
