// Where it stands: in a page of its own, or in JupyterLab.

// A page: the figure that holds the still picture gets the live one; the still one stays for paper

export function mount(figure, payload, options = {}) {
  const timeline = new Timeline(figure, { words: payload.words, ...options });
  figure.prepend(timeline.root);
  figure.classList.add('is-live');
  timeline.setRuns(payload.runs.map(Run.of));
  return timeline;
}

// JupyterLab: one factory per model. `initialize` and `render` get different proxies of the model, so what was heard is
// kept in this closure, and a second view of the model (after a reload, or beside) finds it there.

export default () => {
  let heard = { runs: [], words: {}, html: '', progress: '' };
  const views = new Set();
  let asked = false;
  return {
    initialize({ model }) {
      const ask = () => {
        asked = true;
        model.send({ type: 'sync' });
      };
      const hear = (message) => {
        if (message.type === 'all') {
          asked = false;
          heard = { ...heard, ...message, runs: message.runs.map(Run.of) };
        } else if (message.type === 'news') {
          if (asked || heard.runs.length !== 1) return;
          if (!heard.runs[0].apply(message.run)) return ask(); // some rows were not heard: all are asked for, once
        } else if (message.type === 'progress') heard.progress = message;
        for (const view of views) view(message);
      };
      model.on('msg:custom', hear);
      ask();
      return () => model.off('msg:custom', hear);
    },
    render({ model, el }) {
      const holder = make('div', { class: 'mqw mqw-live' });
      el.append(holder);
      const colours = make('div', { hidden: true });
      holder.append(colours);
      const timeline = new Timeline(holder, { words: heard.words, exporting: () => model.send({ type: 'export' }) });
      const progress = make('div'); // ten times a second: not a live region
      const card = make('div');
      holder.prepend(progress, card);
      const show = (message) => {
        if (message.type === 'page') {
          save(message.name, message.html);
          return;
        }
        timeline.words = heard.words;
        if (message.type === 'all') {
          colours.innerHTML = heard.style || '';
          timeline.setLive(!heard.html);
          if (heard.html) settle();
          timeline.setRuns(heard.runs);
          timeline.canSave(heard.runs.length === 1 && heard.html);
          timeline.colours();
        } else if (message.type === 'news') timeline.refresh();
        timeline.root.hidden = !heard.html && !heard.runs.some((run) => run.events.length);
        progress.hidden = Boolean(heard.html) || !heard.progress;
        if (!progress.hidden) progress.innerHTML = heard.progress.html;
      };
      // The card came: the picture takes the place of the still one in it.
      const settle = () => {
        card.innerHTML = heard.html;
        const figure = card.querySelector('.mqw-figure');
        if (figure) {
          figure.prepend(timeline.root);
          figure.classList.add('is-live');
        } else timeline.root.remove();
        timeline.say(card.querySelector('h3')?.textContent || '');
        for (const link of card.querySelectorAll('a[href]')) link.addEventListener('click', open);
      };
      views.add(show);
      if (heard.runs.length || heard.html) show({ type: 'all' });
      el.timeline = timeline;
      return () => {
        views.delete(show);
        timeline.close();
      };
    },
  };
};

// A link to a page of the workbook opens in JupyterLab, as links of ordinary outputs do: its own command does it.
function open(event) {
  const target = event.currentTarget,
    base = location.pathname.match(/^(.*\/tree\/)(.*)$/);
  if (!base || /^[a-z]+:/i.test(target.getAttribute('href'))) return;
  const url = new URL(target.getAttribute('href'), location.href);
  if (!url.pathname.startsWith(base[1])) return;
  target.dataset.commandlinkerCommand = 'rendermime:handle-local-link';
  target.dataset.commandlinkerArgs = JSON.stringify({
    path: decodeURIComponent(url.pathname.slice(base[1].length)),
    id: url.hash,
  });
}

function save(name, html) {
  const link = make('a', { href: URL.createObjectURL(new Blob([html], { type: 'text/html' })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
