// The live picture of one run, or of several on one axis. Plain JavaScript, no build step: these files stand one after the other
// in one module (__init__.py says in which order), which JupyterLab loads as an anywidget, and an exported page carries as it is.
// Where everything stands comes from model.py; here it is only drawn. x is in steps, a lane is a number, a share of a lane is the
// way to the next one below. Rows are model.py's rows.
//
// This file: what is known of one run.

const TOP = 16,
  ROW = 16,
  LANE = 60,
  FOOT = 46,
  LEFT = 92,
  RIGHT = 14,
  OVER = 4, // the view reaches so far beyond the end of the lanes
  NARROW = 460,
  ROWS = 6,
  AIR = 6;
const MANY = 8,
  MOST_RANGES = 5,
  SPARSE = 60,
  TAU = Math.PI * 2;
const SIGNS = { lost: '✕', twice: '②', again: '↻', left: '□', odd: '?' };
const SAID = { lost: 'lost', twice: 'EFFECT more than once', again: 'delivered more than once', left: 'left in the queue', odd: 'EFFECT' };
const TONES = { killed: 'bad', ended: 'bad', reset: 'bad', closed: 'bad', paused: 'bad', resumed: 'good', back: 'good' };
const FOLDED = ['published', 'confirmed', 'returned', 'delivered', 'redelivered', 'acknowledged', 'rejected', 'charge_failed'];
const HELP = 'Click an order or its number. Keys: ← → step · space play · + − 0 zoom · L D R next in trouble · Esc all';
const PLAIN = 0,
  AWAY = 1;

const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const clamp = (v, lo, hi) => Math.min(hi, Math.max(lo, v));
const time = (us) => `${(us / 1e6).toFixed(3).replace('-', '−')} s`;
let names = 0;

// Icons are drawn, since not every machine's fonts have signs for them.
const ICONS = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  back: 'M12 3v10L5 8zM3.5 3h1.6v10H3.5z',
  on: 'M4 3v10l7-5zM10.9 3h1.6v10h-1.6z',
  less: 'M3 7.2h10v1.6H3z',
  more: 'M3 7.2h4.2V3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3z',
  whole: 'M1.5 2.5h1.6v11H1.5zM12.9 2.5h1.6v11h-1.6zM4 8l2.5-2.4v1.6h3V5.6L12 8l-2.5 2.4V8.8h-3v1.6z',
  save: 'M7.2 2h1.6v6l2.1-2.1L12 7 8 11 4 7l1.1-1.1L7.2 8zM3 12.4h10V14H3z',
};
function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'),
    path = document.createElementNS(svg.namespaceURI, 'path');
  for (const [key, value] of [
    ['viewBox', '0 0 16 16'],
    ['width', 14],
    ['height', 14],
    ['aria-hidden', 'true'],
  ])
    svg.setAttribute(key, value);
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

export class Run {
  constructor() {
    this.clear();
  }

  static of(data) {
    const run = new Run();
    run.title = data.title || '';
    run.words = data.said;
    run.apply(data);
    return run;
  }

  clear() {
    Object.assign(this, {
      lanes: [],
      orders: [],
      events: [],
      lines: [],
      marks: [],
      gaps: [],
      more: [],
      crosses: [],
      ticks: [],
      folded: {},
      dropped: [],
      end: 1,
      byOrder: [],
      stories: [],
      title: this.title || '',
    });
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
    this.effect = news.effect || 'charged'; // what happens to an order in the end
    this.end = Math.max(news.end, 1);
    for (const [k, [status, again]] of Object.entries(news.changed || {})) Object.assign(this.orders[k], { status, again });
    this.index();
    return true;
  }

  index() {
    this.byOrder = this.orders.map(() => []);
    this.stories = this.orders.map(() => []);
    for (const line of this.lines) this.byOrder[line[0]]?.push(line);
    this.events.forEach((row, k) => {
      if (row[2] >= 0) this.stories[row[2]]?.push(k);
    });
    for (const [order, k] of this.more) this.stories[order]?.push(k);
    for (const story of this.stories) story.sort((a, b) => a - b);
    this.waits = joined(
      this.lines.filter(([order, , lane0, , lane1, style]) => lane0 === lane1 && style === PLAIN && !this.orders[order].status),
    );
    this.numbered = this.orders.map((_, k) => k).sort((a, b) => this.orders[a].n - this.orders[b].n);
    this.count = { all: this.orders.length };
    for (const kind of Object.keys(SIGNS)) this.count[kind] = this.orders.filter((o) => is(o, kind)).length;
  }

  laneName(id) {
    return this.lanes.find((lane) => lane.id === id)?.label || '';
  }
}

// Where healthy orders wait on a lane, as few long lines: [from, to, lane].
function joined(lines) {
  const out = [],
    last = {};
  for (const [, x0, lane, x1] of lines.sort((a, b) => a[1] - b[1])) {
    if (last[lane] && x0 <= last[lane][1]) last[lane][1] = Math.max(last[lane][1], x1);
    else out.push((last[lane] = [x0, x1, lane]));
  }
  return out;
}

const is = (order, kind) =>
  kind === 'all' || (kind === 'again' ? order.again > 0 : kind === 'left' ? order.left : order.status === kind);
const kindOf = (order) => order.status || (order.left ? 'left' : order.again ? 'again' : '');
const nameOf = (order) => (order.status === 'odd' ? `an order that nobody placed, ${order.id}` : `order ${order.n}`);
const spoken = (order, effect) => {
  const said = Object.keys(SIGNS)
    .filter((kind) => is(order, kind))
    .map((kind) => SAID[kind].replace('EFFECT', effect));
  return `${nameOf(order)}: ${said.join(', ') || 'nothing happened to it'}`;
};
