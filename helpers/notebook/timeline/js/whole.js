// The whole: a toolbar, and a pane for each run, over one view.

export class Timeline {
  constructor(el, { words = {}, exporting = null } = {}) {
    this.words = words;
    this.exporting = exporting;
    this.panes = [];
    this.view = { from: 0, to: 1, cursor: null, filter: 'all', chosen: null };
    this.playing = 0;
    this.live = false;
    // JupyterLab's command mode must not take our keys (D twice deletes a cell).
    this.root = make('div', { class: 'mqw-tl', 'data-lm-suppress-shortcuts': 'true' });
    this.buildBar();
    this.body = make('div', { class: 'panes' });
    this.said = make('p', { class: 'hide', role: 'status', 'aria-live': 'polite' });
    this.root.append(this.body, this.said);
    el.append(this.root);
    this.watch();
  }

  setRuns(runs) {
    for (const pane of this.panes) pane.root.remove();
    this.panes = runs.map((run, k) => new Pane(this, run, k));
    this.body.append(...this.panes.map((pane) => pane.root));
    this.refresh();
    this.fit();
  }

  // While a run is on there is nothing to play or to pass on yet.
  setLive(on) {
    this.live = on;
    this.root.classList.toggle('is-on', on);
  }

  canSave(can) {
    const button = this.root.querySelector('.save');
    if (button) button.hidden = !can;
  }

  get end() {
    return Math.max(1, ...this.panes.map((pane) => pane.run.end));
  }

  // Rows came or the report did: everything that is not drawn in a canvas is made anew where it changed.
  refresh() {
    const whole = this.view.to >= (this.shownEnd || 0) - 1e-6 && this.view.from <= 0;
    this.shownEnd = this.end;
    if (this.live) this.view.from = 0;
    if (!this.live || still() || this.view.to <= 1) {
      if (whole || this.live) {
        this.view.from = 0;
        this.view.to = this.end;
      }
    }
    for (const [kind, button] of Object.entries(this.filters)) {
      const counts = this.panes.map((pane) => pane.run.count?.[kind] || 0);
      button.lastChild.textContent = ` ${new Set(counts).size === 1 ? counts[0] : counts.join(' and ')}`;
      button.disabled = !Math.max(...counts) && kind !== 'all';
      button.hidden = button.disabled && kind === 'left'; // rare: named only where there are some
    }
    this.moments = [...new Set(this.panes.flatMap((pane) => pane.run.events.map((row) => row[0])))].sort((a, b) => a - b);
    for (const pane of this.panes) pane.refresh();
    this.paint();
  }

  buildBar() {
    const button = (name, label, press, extra = {}) =>
      make('button', { type: 'button', 'aria-label': label, title: label, onclick: press, ...extra }, icon(name));
    this.play = button('play', 'play', () => this.toggle(), { class: 'play' });
    this.scrub = make('input', {
      type: 'range',
      min: 0,
      max: 1000,
      value: 1000,
      class: 'scrub',
      'aria-label': 'moment of the run',
      oninput: () => {
        this.pause();
        this.moveTo(this.scrub.value >= 1000 ? null : (this.scrub.value / 1000) * this.end);
      },
    });
    this.speed = make('input', {
      type: 'range',
      min: 0,
      max: 100,
      value: 46,
      class: 'speed',
      'aria-label': 'speed of play',
      oninput: () => this.showSpeed(),
    });
    this.rate = make('output', { class: 'rate' });
    this.now = make('p', { class: 'now', text: HELP });
    const filters = make('div', { class: 'filters', role: 'group', 'aria-label': 'show' });
    this.filters = {};
    for (const [kind, sign, word] of [
      ['all', '', 'all orders'],
      ['lost', '✕', 'lost'],
      ['twice', '②', 'doubled'],
      ['again', '↻', 'delivered again'],
      ['left', '□', 'left over'],
    ]) {
      const b = make(
        'button',
        {
          type: 'button',
          class: `is-${kind}`,
          'aria-pressed': kind === 'all' ? 'true' : 'false',
          onclick: () => this.setFilter(kind),
        },
        make('b', { 'aria-hidden': 'true', text: sign }),
        sign ? ` ${word}` : word,
        make('span', { text: '' }),
      );
      this.filters[kind] = b;
      filters.append(b);
    }
    const zoom = make(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'zoom' },
      button('less', 'zoom out', () => this.zoom(1 / 1.6)),
      button('more', 'zoom in', () => this.zoom(1.6)),
      button('whole', 'show the whole run', () => this.fit()),
    );
    if (this.exporting)
      zoom.append(button('save', 'save this run as one HTML file', () => this.exporting(), { class: 'save' }));
    this.bar = make(
      'div',
      { class: 'bar player', role: 'group', 'aria-label': 'play the run' },
      make(
        'div',
        { class: 'steps', role: 'group', 'aria-label': 'play' },
        button('back', 'one event back', () => this.step(-1)),
        this.play,
        button('on', 'one event on', () => this.step(1)),
      ),
      this.scrub,
      make('label', { class: 'pace' }, this.speed, this.rate),
    );
    this.root.append(this.bar, make('div', { class: 'bar' }, filters, zoom), this.now);
    this.showSpeed();
  }

  // Speed: 1 to 1,000 events a second, evenly by factor.
  get perSecond() {
    return 10 ** ((this.speed.value / 100) * 3);
  }
  showSpeed() {
    const n = this.perSecond < 10 ? this.perSecond.toFixed(1) : Math.round(this.perSecond);
    this.rate.textContent = `${n} events/s`;
    this.speed.setAttribute('aria-valuetext', `${n} events a second`);
  }

  // --- the view

  fit() {
    this.view.from = 0;
    this.view.to = this.end;
    this.paint();
  }

  zoom(factor, at = null) {
    const { from, to } = this.view,
      span = clamp((to - from) / factor, Math.min(2, this.end), this.end);
    const centre = at ?? this.view.cursor ?? (from + to) / 2,
      share = clamp((centre - from) / (to - from), 0, 1);
    this.show(centre - share * span, span);
  }

  show(from, span) {
    this.view.from = clamp(from, 0, Math.max(0, this.end - span));
    this.view.to = this.view.from + span;
    this.paint();
  }

  pan(share) {
    const span = this.view.to - this.view.from;
    this.show(this.view.from + share * span, span);
  }

  moveTo(x, said = false) {
    this.view.cursor = x;
    const { from, to } = this.view,
      span = to - from;
    if (x != null && (x < from || x > to)) this.show(x - span / 2, span);
    this.scrub.value = x == null ? 1000 : (x / this.end) * 1000;
    const row = x == null ? null : this.at(x);
    const text = row ? `${time(row.row[1])}  ${row.run.told(row.row)}` : '';
    this.now.textContent = text || HELP;
    this.scrub.setAttribute('aria-valuetext', text || 'the end of the run');
    if (said && text) this.say(text);
    this.paint();
  }

  // The last event at or before x, of the panes' runs.
  at(x) {
    let found = null;
    for (const pane of this.panes) {
      for (let k = pane.run.events.length - 1; k >= 0; k--) {
        const row = pane.run.events[k];
        if (row[0] <= x + 1e-9) {
          if (!found || row[0] > found.row[0]) found = { row, run: pane };
          break;
        }
      }
    }
    return found;
  }

  step(by) {
    this.pause();
    const list = this.moments,
      at = this.view.cursor ?? this.end + 1;
    let k = list.findIndex((x) => x >= at - 1e-9);
    if (k < 0) k = list.length;
    if (by > 0 && this.view.cursor == null) k = -1;
    else if (by > 0 && list[k] > at + 1e-9) k -= 1;
    const to = clamp(k + by, 0, list.length - 1);
    if (list.length) this.moveTo(by > 0 && k >= list.length - 1 ? null : list[to], true);
  }

  toggle() {
    this.playing ? this.pause() : this.run();
  }
  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    this.showPlay('play');
  }

  showPlay(name) {
    this.play.replaceChildren(icon(name));
    this.play.title = name;
    this.play.setAttribute('aria-label', name);
  }

  run() {
    if (!this.moments?.length) return;
    this.showPlay('pause');
    let k = this.view.cursor == null ? 0 : this.moments.findIndex((x) => x > this.view.cursor),
      last = null;
    if (k < 0) k = 0;
    const frame = (t) => {
      k += last == null ? 0 : ((t - last) / 1000) * this.perSecond;
      last = t;
      const whole = Math.floor(k),
        rest = still() ? 0 : k - whole;
      if (whole >= this.moments.length) {
        this.playing = 1;
        this.pause();
        this.moveTo(null);
        return;
      }
      const a = this.moments[whole],
        b = this.moments[whole + 1] ?? this.end;
      this.moveTo(a + (b - a) * rest);
      this.playing = requestAnimationFrame(frame);
    };
    this.playing = requestAnimationFrame(frame);
  }

  setFilter(kind) {
    this.view.filter = kind;
    for (const [name, button] of Object.entries(this.filters)) button.setAttribute('aria-pressed', String(name === kind));
    const n = this.panes.reduce((sum, pane) => sum + (pane.run.count?.[kind] || 0), 0);
    this.say(kind === 'all' ? `all ${n} orders` : `${n} ${n === 1 ? 'order' : 'orders'} ${SAID[kind]}`);
    for (const pane of this.panes) pane.dim();
    this.paint();
  }

  // The same order in every run: orders of one seed carry the same ids.
  choose(id, { focus = false } = {}) {
    this.view.chosen = id;
    const told = this.panes.map((pane) => pane.choose(id, focus)).filter(Boolean);
    if (id != null) this.say(told.join('. '));
    this.paint();
  }

  // The next order in trouble of a kind, from the chosen one on.
  seek(kind) {
    const run = this.panes.find((pane) => pane.run.count[kind])?.run;
    if (!run) return;
    const list = run.numbered.filter((k) => is(run.orders[k], kind)).map((k) => run.orders[k]);
    const at = list.findIndex((order) => order.id === this.view.chosen);
    this.choose(list[(at + 1) % list.length].id, { focus: true });
  }

  key(event) {
    const keys = {
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      Home: () => this.moveTo(this.moments[0] ?? 0, true),
      End: () => this.moveTo(null),
      '+': () => this.zoom(1.6),
      '=': () => this.zoom(1.6),
      '-': () => this.zoom(1 / 1.6),
      0: () => this.fit(),
      ' ': () => this.toggle(),
      PageUp: () => this.pan(-0.5),
      PageDown: () => this.pan(0.5),
      l: () => this.seek('lost'),
      d: () => this.seek('twice'),
      r: () => this.seek('again'),
      Escape: () => this.choose(null),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  say(text) {
    this.said.textContent = text;
  }

  // --- painting

  watch() {
    this.colours();
    const again = () => {
      this.colours();
      this.paint();
    };
    // The first call comes once we are in the page: before, the page's colours are not ours to read.
    this.sizes = new ResizeObserver(() => {
      this.colours();
      for (const pane of this.panes) pane.resize();
    });
    this.sizes.observe(this.root);
    this.themes = new MutationObserver(again);
    this.themes.observe(document.body, {
      attributes: true,
      attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name', 'class'],
    });
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    this.dark.addEventListener('change', again);
    this.repaint = again;
  }

  colours() {
    const style = getComputedStyle(this.root),
      of = (name) => style.getPropertyValue(`--${name}`).trim();
    this.ink = Object.fromEntries(
      ['ground', 'raised', 'line', 'ink', 'soft', 'good', 'bad', 'twice', 'doubt'].map((n) => [n, of(n) || '#888']),
    );
    // Where the reader's system sets the colours, a canvas must ask for them: no style sheet reaches into it.
    if (matchMedia('(forced-colors: active)').matches) {
      for (const name of Object.keys(this.ink)) this.ink[name] = 'CanvasText';
      Object.assign(this.ink, { ground: 'Canvas', raised: 'Canvas', line: 'GrayText', bad: 'Highlight' });
    }
    this.font = style.fontFamily || 'sans-serif';
  }

  paint() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      const began = performance.now();
      // While a run is on, the picture makes room for what comes instead of jumping.
      const short = this.live ? this.end - this.view.to : 0;
      if (short) {
        this.view.to += Math.abs(short) < 0.3 ? short : short * 0.18;
        this.paint();
      }
      for (const pane of this.panes) pane.draw();
      this.drawn = performance.now() - began;
      this.frames = (this.frames || 0) + 1;
      if (!this.first && this.panes.some((pane) => pane.run.events.length)) this.first = performance.now();
    });
  }

  close() {
    this.pause();
    this.sizes.disconnect();
    this.themes.disconnect();
    this.dark.removeEventListener('change', this.repaint);
    this.root.remove();
  }
}
