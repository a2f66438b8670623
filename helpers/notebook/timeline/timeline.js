// The live picture of one run, or of several on one axis. Plain JavaScript, no build step: JupyterLab loads this file as an
// anywidget module, an exported page carries it as it is. Where everything stands comes from model.py; here it is only drawn.
//
// x is in steps, a lane is a number, a share of a lane is the way to the next one below. Rows are model.py's rows.

const TOP = 16, ROW = 16, LANE = 60, FOOT = 46, LEFT = 92, RIGHT = 14, NARROW = 460;
const MANY = 8, MOST_RANGES = 5, SPARSE = 60, TAU = Math.PI * 2;
const SIGNS = { lost: '✕', twice: '②', again: '↻' };
const SAID = { lost: 'lost', twice: 'charged more than once', again: 'delivered more than once' };
const TONES = { killed: 'bad', ended: 'bad', reset: 'bad', closed: 'bad', paused: 'bad', resumed: 'good', back: 'good' };
const HELP = 'Click an order or its number. Keys: ← → step · space play · + − 0 zoom · L D R next in trouble · Esc all';
const PLAIN = 0, AWAY = 1;

const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const clamp = (v, lo, hi) => Math.min(hi, Math.max(lo, v));
const time = (us) => `${(us / 1e6).toFixed(3).replace('-', '−')} s`;
let names = 0;

// Icons are drawn, since not every machine's fonts have signs for them.
const ICONS = {
  play: 'M4 2.5v11l9-5.5z', pause: 'M4 3h3v10H4zM9 3h3v10H9z', back: 'M12 3v10L5 8zM3.5 3h1.6v10H3.5z', on: 'M4 3v10l7-5zM10.9 3h1.6v10h-1.6z',
  less: 'M3 7.2h10v1.6H3z', more: 'M3 7.2h4.2V3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3z', whole: 'M1.5 2.5h1.6v11H1.5zM12.9 2.5h1.6v11h-1.6zM4 8l2.5-2.4v1.6h3V5.6L12 8l-2.5 2.4V8.8h-3v1.6z',
  save: 'M7.2 2h1.6v6l2.1-2.1L12 7 8 11 4 7l1.1-1.1L7.2 8zM3 12.4h10V14H3z',
};
function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS(svg.namespaceURI, 'path');
  for (const [key, value] of [['viewBox', '0 0 16 16'], ['width', 14], ['height', 14], ['aria-hidden', 'true']]) svg.setAttribute(key, value);
  path.setAttribute('d', ICONS[name]);
  path.setAttribute('fill', 'currentColor');
  svg.append(path);
  return svg;
}

function make(tag, attributes = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') el.textContent = value;
    else if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) el.setAttribute(name, value === true ? '' : value);
  }
  el.append(...children);
  return el;
}

// --- what is known of one run

export class Run {
  constructor() { this.clear(); }

  clear() {
    Object.assign(this, { lanes: [], orders: [], events: [], lines: [], marks: [], gaps: [], more: [], crosses: [], ticks: [],
      folded: {}, dropped: [], end: 1, byOrder: [], stories: [], title: this.title || '' });
  }

  // Takes rows that begin where ours end. False: some are missing, and all must be asked for.
  apply(news) {
    const tables = ['orders', 'events', 'lines', 'marks', 'gaps', 'more'];
    const from = news.from || {};
    if (tables.some((key) => (from[key] || 0) > this[key].length)) return false;
    for (const key of tables) {
      this[key].length = from[key] || 0;
      for (const row of news[key]) this[key].push(row);
    }
    for (const key of ['lanes', 'crosses', 'ticks', 'folded', 'dropped']) this[key] = news[key];
    this.end = Math.max(news.end, 1);
    for (const [k, [status, again]] of Object.entries(news.changed || {})) Object.assign(this.orders[k], { status, again });
    this.index();
    return true;
  }

  index() {
    this.byOrder = this.orders.map(() => []);
    this.stories = this.orders.map(() => []);
    for (const line of this.lines) this.byOrder[line[0]]?.push(line);
    this.events.forEach((row, k) => { if (row[2] >= 0) this.stories[row[2]]?.push(k); });
    for (const [order, k] of this.more) this.stories[order]?.push(k);
    for (const story of this.stories) story.sort((a, b) => a - b);
    this.waits = joined(this.lines.filter(([order, , lane0, , lane1, style]) => lane0 === lane1 && style === PLAIN && !this.orders[order].status));
    this.numbered = this.orders.map((_, k) => k).sort((a, b) => this.orders[a].n - this.orders[b].n);
    this.count = { all: this.orders.length };
    for (const kind of Object.keys(SIGNS)) this.count[kind] = this.orders.filter((o) => is(o, kind)).length;
  }

  laneName(id) { return this.lanes.find((lane) => lane.id === id)?.label || ''; }
}

// Where healthy orders wait on a lane, as few long lines: [from, to, lane].
function joined(lines) {
  const out = [], last = {};
  for (const [, x0, lane, x1] of lines.sort((a, b) => a[1] - b[1])) {
    if (last[lane] && x0 <= last[lane][1]) last[lane][1] = Math.max(last[lane][1], x1);
    else out.push(last[lane] = [x0, x1, lane]);
  }
  return out;
}

const is = (order, kind) => kind === 'all' || (kind === 'again' ? order.again > 0 : order.status === kind);
const kindOf = (order) => order.status || (order.again ? 'again' : '');
const spoken = (order) => {
  const said = Object.keys(SIGNS).filter((kind) => is(order, kind)).map((kind) => SAID[kind]);
  return `order ${order.n}: ${said.join(', ') || 'nothing happened to it'}`;
};

// --- the whole: a toolbar, and a pane for each run, over one view

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

  get end() { return Math.max(1, ...this.panes.map((pane) => pane.run.end)); }

  // Rows came or the report did: everything that is not drawn in a canvas is made anew where it changed.
  refresh() {
    const whole = this.view.to >= (this.shownEnd || 0) - 1e-6 && this.view.from <= 0;
    this.shownEnd = this.end;
    if (this.live) this.view.from = 0;
    if (!this.live || still() || this.view.to <= 1) { if (whole || this.live) { this.view.from = 0; this.view.to = this.end; } }
    const count = (kind) => this.panes.reduce((sum, pane) => sum + (pane.run.count?.[kind] || 0), 0);
    for (const [kind, button] of Object.entries(this.filters)) {
      const n = count(kind);
      button.lastChild.textContent = ` ${n}`;
      button.disabled = !n && kind !== 'all';
    }
    this.moments = [...new Set(this.panes.flatMap((pane) => pane.run.events.map((row) => row[0])))].sort((a, b) => a - b);
    for (const pane of this.panes) pane.refresh();
    this.paint();
  }

  buildBar() {
    const button = (name, label, press, extra = {}) =>
      make('button', { type: 'button', 'aria-label': label, title: label, onclick: press, ...extra }, icon(name));
    this.play = button('play', 'play', () => this.toggle(), { class: 'play' });
    this.scrub = make('input', { type: 'range', min: 0, max: 1000, value: 1000, class: 'scrub', 'aria-label': 'moment of the run',
      oninput: () => { this.pause(); this.moveTo(this.scrub.value >= 1000 ? null : this.scrub.value / 1000 * this.end); } });
    this.speed = make('input', { type: 'range', min: 0, max: 100, value: 46, class: 'speed', 'aria-label': 'speed of play',
      oninput: () => this.showSpeed() });
    this.rate = make('output', { class: 'rate' });
    this.now = make('p', { class: 'now', text: HELP });
    const filters = make('div', { class: 'filters', role: 'group', 'aria-label': 'show' });
    this.filters = {};
    for (const [kind, sign, word] of [['all', '', 'all orders'], ['lost', '✕', 'lost'], ['twice', '②', 'charged again'], ['again', '↻', 'delivered again']]) {
      const b = make('button', { type: 'button', class: `is-${kind}`, 'aria-pressed': kind === 'all' ? 'true' : 'false', onclick: () => this.setFilter(kind) },
        make('b', { 'aria-hidden': 'true', text: sign }), sign ? ` ${word}` : word, make('span', { text: '' }));
      this.filters[kind] = b;
      filters.append(b);
    }
    const zoom = make('div', { class: 'zoom', role: 'group', 'aria-label': 'zoom' },
      button('less', 'zoom out', () => this.zoom(1 / 1.6)), button('more', 'zoom in', () => this.zoom(1.6)), button('whole', 'show the whole run', () => this.fit()));
    if (this.exporting) zoom.append(button('save', 'save this run as one HTML file', () => this.exporting(), { class: 'save' }));
    this.bar = make('div', { class: 'bar', role: 'toolbar', 'aria-label': 'timeline' },
      make('div', { class: 'steps', role: 'group', 'aria-label': 'play' },
        button('back', 'one event back', () => this.step(-1)), this.play, button('on', 'one event on', () => this.step(1))),
      this.scrub, make('label', { class: 'pace' }, this.speed, this.rate));
    this.root.append(this.bar, make('div', { class: 'bar' }, filters, zoom), this.now);
    this.showSpeed();
  }

  // Speed: 1 to 1,000 events a second, evenly by factor.
  get perSecond() { return 10 ** (this.speed.value / 100 * 3); }
  showSpeed() {
    const n = this.perSecond < 10 ? this.perSecond.toFixed(1) : Math.round(this.perSecond);
    this.rate.textContent = `${n} events/s`;
    this.speed.setAttribute('aria-valuetext', `${n} events a second`);
  }

  // --- the view

  fit() { this.view.from = 0; this.view.to = this.end; this.paint(); }

  zoom(factor, at = null) {
    const { from, to } = this.view, span = clamp((to - from) / factor, Math.min(2, this.end), this.end);
    const centre = at ?? this.view.cursor ?? (from + to) / 2, share = clamp((centre - from) / (to - from), 0, 1);
    this.show(centre - share * span, span);
  }

  show(from, span) {
    this.view.from = clamp(from, 0, Math.max(0, this.end - span));
    this.view.to = this.view.from + span;
    this.paint();
  }

  pan(share) { const span = this.view.to - this.view.from; this.show(this.view.from + share * span, span); }

  moveTo(x, said = false) {
    this.view.cursor = x;
    const { from, to } = this.view, span = to - from;
    if (x != null && (x < from || x > to)) this.show(x - span / 2, span);
    this.scrub.value = x == null ? 1000 : x / this.end * 1000;
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
        if (row[0] <= x + 1e-9) { if (!found || row[0] > found.row[0]) found = { row, run: pane }; break; }
      }
    }
    return found;
  }

  step(by) {
    this.pause();
    const list = this.moments, at = this.view.cursor ?? this.end + 1;
    let k = list.findIndex((x) => x >= at - 1e-9);
    if (k < 0) k = list.length;
    if (by > 0 && this.view.cursor == null) k = -1;
    else if (by > 0 && list[k] > at + 1e-9) k -= 1;
    const to = clamp(k + by, 0, list.length - 1);
    if (list.length) this.moveTo(by > 0 && k >= list.length - 1 ? null : list[to], true);
  }

  toggle() { this.playing ? this.pause() : this.run(); }
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
    let k = this.view.cursor == null ? 0 : this.moments.findIndex((x) => x > this.view.cursor), last = null;
    if (k < 0) k = 0;
    const frame = (t) => {
      k += last == null ? 0 : (t - last) / 1000 * this.perSecond;
      last = t;
      const whole = Math.floor(k), rest = still() ? 0 : k - whole;
      if (whole >= this.moments.length) { this.playing = 1; this.pause(); this.moveTo(null); return; }
      const a = this.moments[whole], b = this.moments[whole + 1] ?? this.end;
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
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1), Home: () => this.moveTo(this.moments[0] ?? 0, true), End: () => this.moveTo(null),
      '+': () => this.zoom(1.6), '=': () => this.zoom(1.6), '-': () => this.zoom(1 / 1.6), 0: () => this.fit(), ' ': () => this.toggle(),
      PageUp: () => this.pan(-0.5), PageDown: () => this.pan(0.5), l: () => this.seek('lost'), d: () => this.seek('twice'), r: () => this.seek('again'),
      Escape: () => this.choose(null),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  say(text) { this.said.textContent = text; }

  // --- painting

  watch() {
    this.colours();
    const again = () => { this.colours(); this.paint(); };
    // The first call comes once we are in the page: before, the page's colours are not ours to read.
    this.sizes = new ResizeObserver(() => { this.colours(); for (const pane of this.panes) pane.resize(); });
    this.sizes.observe(this.root);
    this.themes = new MutationObserver(again);
    this.themes.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name', 'class'] });
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    this.dark.addEventListener('change', again);
    this.repaint = again;
  }

  colours() {
    const style = getComputedStyle(this.root), of = (name) => style.getPropertyValue(`--${name}`).trim();
    this.ink = Object.fromEntries(['ground', 'raised', 'line', 'ink', 'soft', 'good', 'bad', 'twice', 'doubt'].map((n) => [n, of(n) || '#888']));
    this.font = style.fontFamily || 'sans-serif';
  }

  paint() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      const began = performance.now();
      // While a run is on, the picture makes room for what comes instead of jumping.
      const short = this.live ? this.end - this.view.to : 0;
      if (short) { this.view.to += Math.abs(short) < 0.3 ? short : short * 0.18; this.paint(); }
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

// --- one run: its canvas, the strip of its orders, the story of the chosen one

class Pane {
  constructor(whole, run, number) {
    Object.assign(this, { whole, run, number, rows: 1, hover: null, left: LEFT });
    const id = `mqw-tl-${++names}`;
    this.canvas = make('canvas', { 'aria-hidden': 'true' });
    this.hint = make('div', { class: 'hint', hidden: true });
    this.stage = make('div', { class: 'stage', tabindex: 0, role: 'group', 'aria-roledescription': 'timeline', 'aria-describedby': `${id}-keys` }, this.canvas, this.hint);
    this.keys = make('p', { class: 'hide', id: `${id}-keys`,
      text: 'Left and right: one event. Space: play. Plus, minus, zero: zoom. L, D, R: the next order that was lost, charged again, delivered again. Tab: every order.' });
    this.strip = make('div', { class: 'strip', role: 'listbox', 'aria-label': `every order${run.title ? ` of ${run.title}` : ''}`, 'aria-orientation': 'horizontal' });
    this.story = make('div', { class: 'story', hidden: true });
    this.root = make('div', { class: 'pane', role: 'region', 'aria-label': run.title || 'run' });
    if (run.title) this.root.append(make('h4', { class: 'which', text: run.title }));
    this.root.append(this.stage, this.keys, make('div', { class: 'row' }, make('span', { class: 'name', text: 'every order' }), this.strip), this.story);
    this.cells = [];
    this.listen();
  }

  refresh() {
    const { run } = this;
    this.stage.setAttribute('aria-label', run.words || 'the run so far');
    const used = new Set(run.lines.flatMap((line) => [line[2], line[4]]).concat(run.events.map((row) => row[3])));
    this.lanes = run.lanes.filter((lane) => used.has(lane.id) || lane.role !== 'consumer');
    this.pack();
    this.buildStrip();
    this.resize();
    if (this.whole.view.chosen != null) this.choose(this.whole.view.chosen, false);
  }

  // Marks with their labels, in rows so that none covers another; done anew for every zoom, since only labels keep their size.
  pack() {
    const consumers = this.run.lanes.filter((lane) => lane.role === 'consumer').length;
    this.marked = this.run.marks.filter((mark) => TONES[mark[2]]).map(([x, lane, kind]) => {
      const word = this.whole.words[kind] || kind;
      return { x, kind, text: (kind === 'back' || kind === 'resumed') && consumers < 2 ? word : `${this.run.laneName(lane)} ${word}` };
    }).sort((a, b) => a.x - b.x);
    this.rows = clamp(this.marked.length, 1, 3);
  }

  resize() {
    const width = Math.max(240, Math.round(this.stage.clientWidth));
    const height = TOP + ROW * this.rows + LANE * (Math.max(1, this.lanes?.length || 1) - 1) + FOOT;
    const ratio = globalThis.devicePixelRatio || 1;
    this.canvas.style.height = `${height}px`;
    this.stage.style.height = `${height}px`;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    Object.assign(this, { width, height, ratio, left: width < NARROW ? LEFT - 22 : LEFT });
    this.whole.paint();
  }

  // --- places

  X(x) { const { from, to } = this.whole.view; return this.left + 8 + (x - from) / (to - from) * (this.width - this.left - RIGHT - 14); }
  step(px) { const { from, to } = this.whole.view; return from + (px - this.left - 8) / (this.width - this.left - RIGHT - 14) * (to - from); }
  Y(lane) { const id = Math.floor(lane); return (this.ys?.[id] ?? 0) + (lane - id) * LANE; }

  // --- drawing

  draw() {
    const { run, whole, canvas } = this, { ink, view } = whole;
    if (!this.width || !this.lanes) return;
    const c = canvas.getContext('2d');
    const top = TOP + ROW * this.rows;
    this.ys = {};
    this.lanes.forEach((lane, k) => { this.ys[lane.id] = top + LANE * k; });
    const foot = top + LANE * (this.lanes.length - 1) + 22;
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    c.font = `12.5px ${whole.font}`;
    c.textBaseline = 'middle';
    c.lineJoin = c.lineCap = 'round';
    c.lineWidth = 1;
    for (const lane of this.lanes) {
      const y = this.ys[lane.id];
      c.strokeStyle = ink.line; this.path(c, [[this.left, y], [this.width - RIGHT, y]]);
      c.fillStyle = ink.ink; c.textAlign = 'left'; c.fillText(lane.label, 0, y, this.left - 10);
    }
    const edge = view.cursor == null ? this.width - RIGHT : clamp(this.X(view.cursor), this.left, this.width - RIGHT);
    this.axis(c, foot);
    c.save();
    c.beginPath(); c.rect(this.left, 0, edge - this.left + (view.cursor == null ? 4 : 0.5), this.height); c.clip();
    this.gaps(c);
    this.lines(c);
    this.marks(c, foot);
    this.signs(c);
    c.restore();
    if (view.cursor != null) {
      c.strokeStyle = ink.ink; c.lineWidth = 1; this.path(c, [[edge, TOP], [edge, foot]]);
      c.fillStyle = ink.ink; c.beginPath(); c.moveTo(edge - 5, TOP - 7); c.lineTo(edge + 5, TOP - 7); c.lineTo(edge, TOP); c.fill();
    }
    if (view.to - view.from < whole.end - 1e-6) this.overview(c, foot);
  }

  path(c, points) { c.beginPath(); points.forEach(([x, y], k) => (k ? c.lineTo(x, y) : c.moveTo(x, y))); c.stroke(); }

  axis(c, foot) {
    const { whole } = this, taken = [];
    c.fillStyle = whole.ink.soft; c.strokeStyle = whole.ink.line; c.textAlign = 'center'; c.font = `11.5px ${whole.font}`;
    for (const [x, text] of this.run.ticks) {
      const px = this.X(x);
      if (px < this.left + 4 || px > this.width - 24 || taken.some((t) => Math.abs(t - px) < 62)) continue;
      taken.push(px);
      this.path(c, [[px, foot - 4], [px, foot + 1]]);
      c.fillText(text, px, foot + 11);
    }
    const started = this.run.marks.find((mark) => mark[2] === 'started'), to = started ? this.X(started[0]) : 0;
    if (to > this.left + 110) { c.textAlign = 'left'; c.fillText('before the run', Math.max(this.left + 8, this.X(0)), foot + 11); }
  }

  overview(c, foot) {
    const { whole } = this, y = foot + 22, span = this.width - this.left - RIGHT;
    c.fillStyle = whole.ink.raised; c.fillRect(this.left, y, span, 4);
    c.fillStyle = whole.ink.soft;
    c.fillRect(this.left + whole.view.from / whole.end * span, y, Math.max(6, (whole.view.to - whole.view.from) / whole.end * span), 4);
  }

  gaps(c) {
    const { whole } = this;
    for (const [lane, from, to, seconds] of this.run.gaps) {
      const y = this.Y(lane), a = this.X(from), b = this.X(to), text = `${seconds.toFixed(2)} s`;
      c.fillStyle = whole.ink.raised; c.fillRect(a, y - 17, b - a, 34);
      if (b - a > 46) { c.fillStyle = whole.ink.soft; c.textAlign = 'center'; c.font = `11.5px ${whole.font}`; c.fillText(text, (a + b) / 2, y - 10.5); }
    }
  }

  shown(order) { return is(order, this.whole.view.filter); }

  // Healthy orders fade as they grow many; those in trouble are drawn last and strong; the chosen one above all.
  lines(c) {
    const { run, whole } = this, { ink, view } = whole, chosen = this.index(view.chosen);
    const paths = { ok: new Path2D(), away: new Path2D(), twice: new Path2D(), lost: new Path2D(), again: new Path2D() };
    const { from, to } = view;
    for (const [order, x0, lane0, x1, lane1, style] of run.lines) {
      if (x1 < from || x0 > to || order === chosen) continue;
      const entry = run.orders[order];
      if (!this.shown(entry) || (view.filter === 'all' && lane0 === lane1 && style === PLAIN && !entry.status)) continue;
      const key = style === AWAY ? 'away' : view.filter === 'again' ? 'again' : entry.status || 'ok';
      paths[key].moveTo(this.X(x0), this.Y(lane0));
      paths[key].lineTo(this.X(x1), this.Y(lane1));
    }
    for (const [x0, x1, lane] of view.filter === 'all' ? run.waits : []) {
      if (x1 >= from && x0 <= to) { paths.ok.moveTo(this.X(x0), this.Y(lane)); paths.ok.lineTo(this.X(x1), this.Y(lane)); }
    }
    for (const [order, x, lane] of run.crosses) {
      if (order !== chosen && this.shown(run.orders[order])) { paths.lost.moveTo(this.X(x), this.Y(Math.floor(lane))); paths.lost.lineTo(this.X(x), this.Y(lane)); }
    }
    const zoomed = (to - from) / whole.end, n = run.orders.length * Math.max(0.15, zoomed);
    const rest = chosen < 0 ? 1 : 0.35;
    const ok = (n <= SPARSE ? 0.45 : Math.max(0.07, 27 / n)) * rest;
    const many = (run.count.lost || 0) + (run.count.twice || 0) > MANY;
    const stroke = (path, colour, width, alpha, dash = []) => {
      c.strokeStyle = colour; c.lineWidth = width; c.globalAlpha = alpha; c.setLineDash(dash); c.stroke(path); c.setLineDash([]); c.globalAlpha = 1;
    };
    stroke(paths.ok, ink.soft, 1, ok);
    stroke(paths.away, ink.soft, 1, Math.max(ok, 0.3 * rest), [2, 4]);
    stroke(paths.again, ink.doubt, 1.2, 0.8 * rest);
    stroke(paths.twice, ink.twice, many ? 1.1 : 1.8, 0.9 * rest);
    stroke(paths.lost, ink.bad, many ? 1.1 : 1.8, 0.9 * rest);
    this.dots(c, chosen, ok, rest);
    if (this.hover != null && this.hover !== chosen) this.one(c, this.hover, 1.6, 0.9);
    if (chosen >= 0) this.one(c, chosen, 2.6, 1);
  }

  one(c, order, width, alpha) {
    const { run, whole } = this, { ink } = whole, entry = run.orders[order];
    const colour = { lost: ink.bad, twice: ink.twice }[entry.status] || (entry.again ? ink.doubt : ink.ink);
    const lines = [...run.byOrder[order]];
    for (const [k, x, lane] of run.crosses) if (k === order) lines.push([k, x, Math.floor(lane), x, lane, PLAIN]);
    for (const [colours, w] of [[ink.ground, width + 3], [colour, width]]) {
      c.strokeStyle = colours; c.lineWidth = w; c.globalAlpha = alpha;
      for (const [, x0, lane0, x1, lane1, style] of lines) {
        c.setLineDash(style === AWAY ? [3, 4] : []);
        this.path(c, [[this.X(x0), this.Y(lane0)], [this.X(x1), this.Y(lane1)]]);
      }
    }
    c.setLineDash([]); c.globalAlpha = 1;
    for (const k of run.stories[order]) {
      const [x, , owner, lane] = run.events[k];
      if (owner !== order) continue;
      c.fillStyle = colour; c.beginPath(); c.arc(this.X(x), this.Y(lane), 3.4, 0, TAU); c.fill();
    }
  }

  // Dots and ticks of many orders in a few strokes.
  dots(c, chosen, faint, rest) {
    const { run, whole } = this, { ink, view } = whole;
    const dot = new Path2D(), done = new Path2D(), tick = new Path2D(), strong = new Path2D();
    const crowded = run.orders.length > SPARSE, r = crowded ? 1.2 : 1.5, R = crowded ? 2 : 3;
    for (const [x, , order, lane, kind, , , number] of run.events) {
      if (order < 0 || x < view.from || x > view.to || !this.shown(run.orders[order])) continue;
      const X = this.X(x), Y = this.Y(lane);
      if (kind === 'charged' && number === 1) { done.moveTo(X + R, Y); done.arc(X, Y, R, 0, TAU); }
      else if (kind === 'published' || kind === 'delivered' || kind === 'confirmed') { if (crowded) dot.rect(X - r, Y - r, 2 * r, 2 * r); else { dot.moveTo(X + r, Y); dot.arc(X, Y, r, 0, TAU); } }
      else if (kind === 'acknowledged' || kind === 'rejected') {
        const path = run.orders[order].status === 'lost' ? strong : tick;
        path.moveTo(X, Y); path.lineTo(X, Y + (kind === 'acknowledged' ? -10 : 10));
      }
    }
    c.globalAlpha = Math.min(1, faint * 1.8); c.fillStyle = c.strokeStyle = ink.soft; c.fill(dot); c.lineWidth = 1.2; c.stroke(tick);
    c.globalAlpha = rest < 1 ? 0.55 : 1; c.fillStyle = ink.good; c.fill(done);
    c.strokeStyle = ink.bad; c.lineWidth = 2.2; c.stroke(strong); c.globalAlpha = 1;
  }

  // What must be seen at once. Signs that would touch are drawn small, so that a crowd stays a crowd and not a slab.
  signs(c) {
    const { run, whole } = this, { ink, view } = whole, chosen = this.index(view.chosen);
    const room = {};
    const free = (kind, X, need) => { const ok = X - (room[kind] ?? -1e9) >= need; if (ok) room[kind] = X; return ok; };
    for (const [x, , order, lane, kind, , , number] of run.events) {
      if (order < 0 || x < view.from || x > view.to || !this.shown(run.orders[order])) continue;
      const X = this.X(x), Y = this.Y(lane);
      c.globalAlpha = chosen >= 0 && order !== chosen ? 0.35 : 1;
      if (kind === 'charged' && number > 1) {
        const big = order === chosen || free('twice', X, 17);
        c.fillStyle = ink.twice; c.beginPath(); c.arc(X, Y, big ? 8 : 4, 0, TAU); c.fill();
        if (big) { c.fillStyle = ink.ground; c.font = `700 11px ${whole.font}`; c.textAlign = 'center'; c.fillText(number, X, Y + 0.5); }
      } else if (kind === 'charge_failed') {
        c.fillStyle = ink.ground; c.strokeStyle = ink.doubt; c.lineWidth = 1.6; c.beginPath(); c.arc(X, Y, 3.5, 0, TAU); c.fill(); c.stroke();
      } else if ((kind === 'delivered' || kind === 'redelivered') && number) {
        c.strokeStyle = ink.doubt; c.lineWidth = 1.4;
        if (order === chosen || free('again', X, 12)) turn(c, X, Y); else { c.beginPath(); c.arc(X, Y, 1.6, 0, TAU); c.stroke(); }
      } else if (kind === 'queued' || kind === 'dead_lettered' || kind === 'expired' || kind === 'trimmed') {
        c.strokeStyle = ink.doubt; c.lineWidth = 1.5; c.strokeRect(X - 3.5, Y - 3.5, 7, 7);
      }
    }
    const spread = run.crosses.map(([, x]) => this.X(x));
    const crowd = run.crosses.length * 9 > Math.max(...spread) - Math.min(...spread) + 9 && run.crosses.length > 1;
    const size = crowd ? 2.8 : run.crosses.length > MANY ? 4 : 5;
    for (const [order, x, lane] of run.crosses) {
      if (!this.shown(run.orders[order])) continue;
      const X = this.X(x), Y = this.Y(lane);
      c.globalAlpha = chosen >= 0 && order !== chosen ? 0.45 : 1;
      c.strokeStyle = ink.bad; c.lineWidth = crowd ? 1.5 : 2.4;
      c.beginPath(); c.moveTo(X - size, Y - size); c.lineTo(X + size, Y + size); c.moveTo(X + size, Y - size); c.lineTo(X - size, Y + size); c.stroke();
    }
    c.globalAlpha = 1;
    this.labels(c, chosen);
  }

  labels(c, chosen) {
    const { run, whole } = this, { ink, view } = whole;
    const write = (text, X, Y, colour) => {
      c.font = `650 12.5px ${whole.font}`; c.textAlign = 'center';
      const half = c.measureText(text).width / 2 + 4, at = clamp(X, this.left + half, this.width - RIGHT - half);
      c.lineWidth = 4; c.strokeStyle = ink.ground; c.strokeText(text, at, Y); c.fillStyle = colour; c.fillText(text, at, Y);
    };
    const crosses = run.crosses.filter(([, x]) => x >= view.from && x <= view.to);
    if (chosen >= 0) {
      const [x, , , lane] = run.events[run.stories[chosen].findLast((k) => run.events[k][2] === chosen)] || [];
      if (x != null && x >= view.from && x <= view.to) {
        const cross = run.crosses.find(([k]) => k === chosen);
        write(`order ${run.orders[chosen].n}${cross ? ' lost' : ''}`, this.X(x), cross ? this.Y(cross[2]) + 18 : this.Y(lane) + 16, cross ? ink.bad : ink.ink);
      }
    } else if (crosses.length && (view.filter === 'all' || view.filter === 'lost')) {
      const xs = crosses.map(([, x]) => this.X(x)), ns = crosses.map(([k]) => run.orders[k].n);
      write(`${named(ns)} lost`, (Math.min(...xs) + Math.max(...xs)) / 2, Math.max(...crosses.map((cross) => this.Y(cross[2]))) + 18, ink.bad);
    }
    for (const [order, rounds] of Object.entries(run.folded)) {
      const k = run.stories[order]?.findLast((e) => run.events[e][2] === Number(order) && ['delivered', 'redelivered', 'rejected', 'charge_failed'].includes(run.events[e][4]));
      if (k == null || (chosen >= 0 && chosen !== Number(order))) continue;
      const [x, , , lane] = run.events[k];
      if (x >= view.from && x <= view.to) write(`order ${run.orders[order].n}: ${rounds.toLocaleString('en')} more of these`, this.X(x), this.ys[1] - 13, ink.doubt);
    }
  }

  marks(c, foot) {
    const { run, whole } = this, { ink, view } = whole, taken = [];
    for (const { x, kind, text } of this.marked) {
      if (x < view.from || x > view.to) continue;
      const X = this.X(x), colour = ink[TONES[kind]];
      c.font = `${TONES[kind] === 'bad' ? '600 ' : ''}12.5px ${whole.font}`;
      const width = c.measureText(text).width + 8;
      const left = ((kind === 'killed' || kind === 'ended') && X - width > this.left) || X + width > this.width ? X - width : X;
      let row = taken.findIndex((spans) => spans.every(([a, b]) => left + width < a || left > b));
      if (row < 0) { row = taken.length; taken.push([]); }
      taken[row].push([left, left + width]);
      const y = TOP - 2 + ROW * row;
      c.strokeStyle = colour; c.lineWidth = 1.4; c.setLineDash([4, 3]); this.path(c, [[X, y - 6], [X, foot - 6]]); c.setLineDash([]);
      if (row < this.rows) { c.fillStyle = colour; c.textAlign = 'left'; c.fillText(text, left + 4, y); }
    }
    c.fillStyle = ink.soft;
    for (const [x, lane, kind] of run.marks) {
      if ((kind === 'started' || kind === 'restarted') && this.ys[lane] != null) {
        const X = this.X(x), Y = this.ys[lane];
        c.beginPath(); c.moveTo(X - 3, Y - 5); c.lineTo(X + 5, Y); c.lineTo(X - 3, Y + 5); c.fill();
      }
    }
  }

  // --- choosing

  index(id) { return id == null ? -1 : this.run.orders.findIndex((order) => order.id === id); }

  choose(id, focus) {
    const k = this.index(id);
    this.cells.forEach((cell, i) => {
      cell.setAttribute('aria-selected', String(i === k));
      cell.tabIndex = i === k || (k < 0 && i === this.run.numbered[0]) ? 0 : -1;
    });
    if (focus && k >= 0) this.cells[k].focus();
    this.tell(k);
    return k < 0 ? '' : `${spoken(this.run.orders[k])}, ${this.run.stories[k].length} events`;
  }

  told(row) {
    const [, , order, lane, kind, frame, note] = row, word = this.whole.words[kind] || kind;
    const inside = [frame, note].filter(Boolean).join(', ');
    return `${order >= 0 ? `order ${this.run.orders[order].n}` : this.run.laneName(lane)} ${word}${inside ? ` (${inside})` : ''}`;
  }

  // The events of the chosen order, with the names of their frames and their times.
  tell(k) {
    const { run, whole } = this, story = this.story;
    story.hidden = k < 0;
    story.replaceChildren();
    if (k < 0) return;
    const order = run.orders[k], kind = kindOf(order), list = make('ol');
    for (const e of run.stories[k]) {
      const [x, us, owner, lane, name, frame, note] = run.events[e];
      const word = owner < 0 ? `${run.laneName(lane)} ${whole.words[name] || name}` : whole.words[name] || name;
      const lostOnWay = run.dropped.includes(e) ? 'did not arrive' : '';
      list.append(make('li', { class: owner < 0 ? 'mark' : name },
        make('button', { type: 'button', onclick: () => { whole.pause(); whole.moveTo(x); } },
          make('b', { text: word }), make('span', { text: time(us) }), make('code', { text: frame }), make('small', { text: [note, lostOnWay].filter(Boolean).join(', ') }))));
    }
    if (run.folded[k]) list.append(make('li', { class: 'mark', text: `… and ${run.folded[k].toLocaleString('en')} more like these` }));
    if (order.status === 'lost') list.append(make('li', { class: 'never' }, make('b', { text: 'charged' }), make('span', { text: 'never' })));
    story.append(make('p', { class: `head is-${kind}` },
      make('b', { text: `order ${order.n}` }), ` ${kind ? `${SIGNS[kind]} ${spoken(order).split(': ')[1]}` : ''} `, make('code', { text: order.id }),
      make('button', { type: 'button', class: 'close', 'aria-label': 'show all orders again', title: 'show all orders again', text: '×', onclick: () => { whole.choose(null); this.stage.focus(); } })), list);
  }

  buildStrip() {
    const { run, strip, whole } = this;
    const state = run.orders.map((o) => `${o.n}${kindOf(o)}`).join();
    if (state === this.stripState) return;
    this.stripState = state;
    strip.classList.toggle('small', run.orders.length > SPARSE);
    while (this.cells.length < run.orders.length) {
      const k = this.cells.length;
      this.cells.push(make('div', { role: 'option', tabindex: -1, onclick: () => whole.choose(run.orders[k].id === whole.view.chosen ? null : run.orders[k].id),
        onpointerenter: () => { this.hover = k; whole.paint(); }, onpointerleave: () => { this.hover = null; whole.paint(); } }));
    }
    while (this.cells.length > run.orders.length) this.cells.pop();
    run.orders.forEach((order, k) => {
      const kind = kindOf(order), cell = this.cells[k];
      cell.className = kind && `is-${kind}`;
      cell.title = spoken(order);
      cell.setAttribute('aria-label', spoken(order));
      cell.setAttribute('aria-selected', 'false');
      cell.replaceChildren(make('span', { text: String(order.n) }), ...(kind ? [make('i', { text: SIGNS[kind] })] : []));
    });
    strip.replaceChildren(...run.numbered.map((k) => this.cells[k]));
    if (run.numbered.length) this.cells[run.numbered[0]].tabIndex = 0;
    this.dim();
  }

  dim() { this.run.orders.forEach((order, k) => this.cells[k]?.classList.toggle('dim', !this.shown(order))); }

  listen() {
    const { whole, stage, strip } = this;
    stage.addEventListener('keydown', (event) => whole.key(event));
    strip.addEventListener('keydown', (event) => {
      const list = this.run.numbered, at = list.findIndex((k) => this.cells[k] === document.activeElement);
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: list.length - 1, Enter: at, ' ': at }[event.key];
      if (to == null) return whole.key(event);
      event.preventDefault(); event.stopPropagation();
      whole.choose(this.run.orders[list[clamp(to, 0, list.length - 1)]].id);
      this.cells[list[clamp(to, 0, list.length - 1)]].focus();
    });
    stage.addEventListener('wheel', (event) => {
      // A notebook scrolls: only with Ctrl (a pinch sends it too), or sideways, is it ours.
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) whole.zoom(Math.exp(-clamp(event.deltaY, -60, 60) / 120), this.step(event.offsetX));
      else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY) && whole.view.to - whole.view.from < whole.end) whole.pan(sideways / this.width);
      else return;
      event.preventDefault();
    }, { passive: false });
    let from = null, moved = false;
    stage.addEventListener('pointerdown', (event) => { if (event.button === 0) { from = event.clientX; moved = false; stage.setPointerCapture(event.pointerId); } });
    stage.addEventListener('pointermove', (event) => {
      if (from != null && Math.abs(event.clientX - from) > (moved ? 0 : 4)) {
        moved = true;
        whole.pan((from - event.clientX) / (this.width - this.left - RIGHT));
        from = event.clientX;
      }
      this.point(event);
    });
    stage.addEventListener('pointerup', () => { if (from != null && !moved) whole.choose(this.hover == null ? null : this.run.orders[this.hover].id); from = null; });
    stage.addEventListener('pointercancel', () => { from = null; });
    stage.addEventListener('pointerleave', () => { this.hover = null; this.hint.hidden = true; whole.paint(); });
    stage.addEventListener('dblclick', (event) => whole.zoom(2, this.step(event.offsetX)));
  }

  // The nearest line within a few pixels, and its order's name beside the pointer.
  point(event) {
    const box = this.canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    const near = this.nearest(px, py);
    if (near !== this.hover) { this.hover = near; this.whole.paint(); }
    this.hint.hidden = near == null;
    if (near != null) {
      this.hint.textContent = spoken(this.run.orders[near]);
      this.hint.style.left = `${clamp(px + 12, 0, this.width - 200)}px`;
      this.hint.style.top = `${py + 14}px`;
    }
  }

  nearest(px, py) {
    let best = 49, found = null;
    for (const [order, x0, lane0, x1, lane1] of this.run.lines) {
      const ax = this.X(x0), bx = this.X(x1);
      if (px < ax - 7 || px > bx + 7 || !this.shown(this.run.orders[order])) continue;
      const ay = this.Y(lane0), by = this.Y(lane1), dx = bx - ax, dy = by - ay;
      const t = clamp(((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1), 0, 1);
      // On a lane many orders wait side by side: what is on its way, or in trouble, is meant.
      const d = (px - ax - t * dx) ** 2 + (py - ay - t * dy) ** 2 + (dy ? 0 : 20) - (this.run.orders[order].status ? 6 : 0);
      if (d < best) { best = d; found = order; }
    }
    return found;
  }
}

function turn(c, x, y) {
  c.beginPath(); c.arc(x, y, 4, -Math.PI / 2, Math.PI * 1.2); c.stroke();
  c.beginPath(); c.moveTo(x - 3.6, y - 5.4); c.lineTo(x - 3.2, y - 2.4); c.lineTo(x - 0.2, y - 2.8); c.stroke();
}

function named(numbers) {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b), out = [];
  for (const n of sorted) { if (out.length && n === out.at(-1)[1] + 1) out.at(-1)[1] = n; else out.push([n, n]); }
  if (out.length > MOST_RANGES) return `${sorted.length} orders`;
  const shown = out.map(([a, b]) => (a === b ? a : b === a + 1 ? `${a}, ${b}` : `${a}–${b}`)).join(', ');
  return `${sorted.length === 1 ? 'order' : 'orders'} ${shown}`;
}

// --- a page: the figure that holds the still picture gets the live one; the still one stays for paper

export function mount(figure, payload, options = {}) {
  const timeline = new Timeline(figure, { words: payload.words, ...options });
  figure.prepend(timeline.root);
  figure.classList.add('is-live');
  timeline.setRuns(payload.runs.map((data) => { const run = new Run(); run.title = data.title || ''; run.words = data.said; run.apply(data); return run; }));
  return timeline;
}

// --- JupyterLab: one factory per model. `initialize` and `render` get different proxies of the model, so what was heard is
// kept in this closure, and a second view of the model (after a reload, or beside) finds it there.

export default () => {
  let heard = { runs: [], words: {}, html: '', progress: '' };
  const views = new Set();
  return {
    initialize({ model }) {
      const hear = (message) => {
        if (message.type === 'all') heard = { ...heard, ...message, runs: message.runs.map((data) => { const run = new Run(); run.title = data.title || ''; run.words = data.said; run.apply(data); return run; }) };
        else if (message.type === 'news') {
          if (heard.runs.length !== 1 || !heard.runs[0].apply(message.run)) { model.send({ type: 'sync' }); return; }
        } else if (message.type === 'progress') heard.progress = message;
        for (const view of views) view(message);
      };
      model.on('msg:custom', hear);
      model.send({ type: 'sync' });
      return () => model.off('msg:custom', hear);
    },
    render({ model, el }) {
      const holder = make('div', { class: 'mqw mqw-live' });
      el.append(holder);
      const colours = make('div', { hidden: true });
      holder.append(colours);
      const timeline = new Timeline(holder, { words: heard.words, exporting: () => model.send({ type: 'export' }) });
      const progress = make('div', { role: 'status' });
      const card = make('div');
      holder.prepend(progress, card);
      const show = (message) => {
        if (message.type === 'page') { save(message.name, message.html); return; }
        timeline.words = heard.words;
        if (message.type === 'all') {
          colours.innerHTML = heard.style || '';
          timeline.live = !heard.html;
          if (heard.html) settle();
          timeline.setRuns(heard.runs);
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
        if (figure) { figure.prepend(timeline.root); figure.classList.add('is-live'); } else timeline.root.remove();
        for (const link of card.querySelectorAll('a[href]')) link.addEventListener('click', open);
      };
      views.add(show);
      if (heard.runs.length || heard.html) show({ type: 'all' });
      el.timeline = timeline;
      return () => { views.delete(show); timeline.close(); };
    },
  };
};

// A link to a page of the workbook opens in JupyterLab, as links of ordinary outputs do: its own command does it.
function open(event) {
  const target = event.currentTarget, base = location.pathname.match(/^(.*\/tree\/)(.*)$/);
  if (!base || /^[a-z]+:/i.test(target.getAttribute('href'))) return;
  const url = new URL(target.getAttribute('href'), location.href);
  if (!url.pathname.startsWith(base[1])) return;
  target.dataset.commandlinkerCommand = 'rendermime:handle-local-link';
  target.dataset.commandlinkerArgs = JSON.stringify({ path: decodeURIComponent(url.pathname.slice(base[1].length)), id: url.hash });
}

function save(name, html) {
  const link = make('a', { href: URL.createObjectURL(new Blob([html], { type: 'text/html' })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
