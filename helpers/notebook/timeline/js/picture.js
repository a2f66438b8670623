// One run on a canvas: lanes, lines, marks, signs. Everything that stands in a picture is drawn here, anew for every frame.

class Picture {
  // --- places

  X(x, { from, to } = this.whole.view) {
    return this.left + 8 + ((x - from) / (to - from)) * (this.width - this.left - RIGHT - 14);
  }
  step(px) {
    const { from, to } = this.whole.view;
    return from + ((px - this.left - 8) / (this.width - this.left - RIGHT - 14)) * (to - from);
  }
  Y(lane) {
    const id = Math.floor(lane);
    return (this.ys?.[id] ?? 0) + (lane - id) * LANE;
  }

  // --- drawing

  draw() {
    const { run, whole, canvas } = this,
      { ink, view } = whole;
    if (!this.width || !this.lanes) return;
    const c = canvas.getContext('2d');
    const top = TOP + ROW * this.rows + AIR;
    this.ys = {};
    this.lanes.forEach((lane, k) => {
      this.ys[lane.id] = top + LANE * k;
    });
    const foot = top + LANE * (this.lanes.length - 1) + 22;
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    c.font = `12.5px ${whole.font}`;
    c.textBaseline = 'middle';
    c.lineJoin = c.lineCap = 'round';
    c.lineWidth = 1;
    for (const lane of this.lanes) {
      const y = this.ys[lane.id];
      c.strokeStyle = ink.line;
      this.path(c, [
        [this.left, y],
        [this.width - RIGHT, y],
      ]);
      c.fillStyle = ink.ink;
      c.textAlign = 'left';
      c.fillText(lane.label, 0, y, this.left - 10);
    }
    const edge = view.cursor == null ? this.width - RIGHT : clamp(this.X(view.cursor), this.left, this.width - RIGHT);
    this.axis(c, foot);
    c.save();
    c.beginPath();
    c.rect(this.left, 0, edge - this.left + (view.cursor == null ? OVER : 0.5), this.height);
    c.clip();
    this.gaps(c);
    this.lines(c);
    this.marks(c, foot);
    this.signs(c);
    c.restore();
    if (view.cursor != null) {
      c.strokeStyle = ink.ink;
      c.lineWidth = 1;
      this.path(c, [
        [edge, TOP],
        [edge, foot],
      ]);
      c.fillStyle = ink.ink;
      c.beginPath();
      c.moveTo(edge - 5, TOP - 7);
      c.lineTo(edge + 5, TOP - 7);
      c.lineTo(edge, TOP);
      c.fill();
    }
    if (!whole.live && view.to - view.from < whole.end - 1e-6) this.overview(c, foot);
  }

  path(c, points) {
    c.beginPath();
    points.forEach(([x, y], k) => (k ? c.lineTo(x, y) : c.moveTo(x, y)));
    c.stroke();
  }

  axis(c, foot) {
    const { whole } = this,
      taken = [];
    c.fillStyle = whole.ink.soft;
    c.strokeStyle = whole.ink.line;
    c.textAlign = 'center';
    c.font = `11.5px ${whole.font}`;
    for (const [x, text] of this.run.ticks) {
      const px = this.X(x);
      if (px < this.left + 4 || px > this.width - 24 || taken.some((t) => Math.abs(t - px) < 62)) continue;
      taken.push(px);
      this.path(c, [
        [px, foot - 4],
        [px, foot + 1],
      ]);
      c.fillText(text, px, foot + 11);
    }
    const started = this.run.marks.find((mark) => mark[2] === 'started'),
      to = started ? this.X(started[0]) : 0;
    const at = Math.max(this.left + 8, this.X(0));
    if (to - 26 > at + c.measureText('before the run').width) {
      c.textAlign = 'left';
      c.fillText('before the run', at, foot + 11);
    }
  }

  overview(c, foot) {
    const { whole } = this,
      y = foot + 22,
      span = this.width - this.left - RIGHT;
    c.fillStyle = whole.ink.raised;
    c.fillRect(this.left, y, span, 4);
    c.fillStyle = whole.ink.soft;
    c.fillRect(
      this.left + (whole.view.from / whole.end) * span,
      y,
      Math.max(6, ((whole.view.to - whole.view.from) / whole.end) * span),
      4,
    );
  }

  gaps(c) {
    const { whole } = this;
    for (const [lane, from, to, seconds] of this.run.gaps) {
      const y = this.Y(lane),
        a = this.X(from),
        b = this.X(to),
        text = `${seconds.toFixed(2)} s`;
      c.fillStyle = whole.ink.raised;
      c.fillRect(a, y - 17, b - a, 34);
      if (b - a > 46) {
        c.fillStyle = whole.ink.soft;
        c.textAlign = 'center';
        c.font = `11.5px ${whole.font}`;
        c.fillText(text, (a + b) / 2, y - 10.5);
      }
    }
  }

  shown(order) {
    return is(order, this.whole.view.filter);
  }

  // Healthy orders fade as they grow many; those in trouble are drawn last and strong; the chosen one above all.
  lines(c) {
    const { run, whole } = this,
      { ink, view } = whole,
      chosen = this.index(view.chosen);
    const paths = {
      ok: new Path2D(),
      away: new Path2D(),
      twice: new Path2D(),
      lost: new Path2D(),
      again: new Path2D(),
      odd: new Path2D(),
    };
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
      if (x1 >= from && x0 <= to) {
        paths.ok.moveTo(this.X(x0), this.Y(lane));
        paths.ok.lineTo(this.X(x1), this.Y(lane));
      }
    }
    for (const [order, x, lane] of run.crosses) {
      if (order !== chosen && this.shown(run.orders[order])) {
        paths.lost.moveTo(this.X(x), this.Y(Math.floor(lane)));
        paths.lost.lineTo(this.X(x), this.Y(lane));
      }
    }
    const zoomed = (to - from) / whole.end,
      n = run.orders.length * Math.max(0.15, zoomed);
    const rest = chosen < 0 ? 1 : 0.35;
    const ok = (n <= SPARSE ? 0.45 : Math.max(0.07, 27 / n)) * rest;
    const many = (run.count.lost || 0) + (run.count.twice || 0) > MANY;
    const stroke = (path, colour, width, alpha, dash = []) => {
      c.strokeStyle = colour;
      c.lineWidth = width;
      c.globalAlpha = alpha;
      c.setLineDash(dash);
      c.stroke(path);
      c.setLineDash([]);
      c.globalAlpha = 1;
    };
    stroke(paths.ok, ink.soft, 1, ok);
    stroke(paths.away, ink.soft, 1, Math.max(ok, 0.3 * rest), [2, 4]);
    // Where half of a dense run is in trouble, its lines fade too: the signs say it, and focus brings one out.
    const thin = (kind) => Math.min(1, Math.max(0.2, (SPARSE * 0.7) / ((run.count[kind] || 1) * Math.max(0.15, zoomed))));
    stroke(paths.again, ink.doubt, 1.2, 0.8 * rest * thin('again'));
    stroke(paths.twice, ink.twice, many ? 1.1 : 1.8, 0.9 * rest * thin('twice'));
    stroke(paths.odd, ink.bad, 1.8, 0.9 * rest);
    stroke(paths.lost, ink.bad, many ? 1.1 : 1.8, 0.9 * rest * thin('lost'));
    this.dots(c, chosen, ok, rest);
    if (this.hover != null && this.hover !== chosen) this.one(c, this.hover, 1.6, 0.9);
    if (chosen >= 0) this.one(c, chosen, 2.6, 1);
  }

  one(c, order, width, alpha) {
    const { run, whole } = this,
      { ink } = whole,
      entry = run.orders[order];
    const colour = { lost: ink.bad, odd: ink.bad, twice: ink.twice }[entry.status] || (entry.again ? ink.doubt : ink.ink);
    const lines = [...run.byOrder[order]];
    for (const [k, x, lane] of run.crosses) if (k === order) lines.push([k, x, Math.floor(lane), x, lane, PLAIN]);
    for (const [colours, w] of [
      [ink.ground, width + 3],
      [colour, width],
    ]) {
      c.strokeStyle = colours;
      c.lineWidth = w;
      c.globalAlpha = alpha;
      for (const [, x0, lane0, x1, lane1, style] of lines) {
        c.setLineDash(style === AWAY ? [3, 4] : []);
        this.path(c, [
          [this.X(x0), this.Y(lane0)],
          [this.X(x1), this.Y(lane1)],
        ]);
      }
    }
    c.setLineDash([]);
    c.globalAlpha = 1;
    for (const k of run.stories[order]) {
      const [x, , owner, lane] = run.events[k];
      if (owner !== order) continue;
      c.fillStyle = colour;
      c.beginPath();
      c.arc(this.X(x), this.Y(lane), 3.4, 0, TAU);
      c.fill();
    }
  }

  // Dots and ticks of many orders in a few strokes.
  dots(c, chosen, faint, rest) {
    const { run, whole } = this,
      { ink, view } = whole;
    const dot = new Path2D(),
      done = new Path2D(),
      tick = new Path2D(),
      strong = new Path2D();
    const crowded = run.orders.length > SPARSE,
      r = crowded ? 1.2 : 1.5,
      R = crowded ? 2 : 3;
    for (const [x, , order, lane, kind, , , number] of run.events) {
      if (order < 0 || x < view.from || x > view.to || !this.shown(run.orders[order])) continue;
      const X = this.X(x),
        Y = this.Y(lane);
      if (kind === 'charged' && number === 1) {
        done.moveTo(X + R, Y);
        done.arc(X, Y, R, 0, TAU);
      } else if (kind === 'published' || kind === 'delivered' || kind === 'confirmed') {
        if (crowded) dot.rect(X - r, Y - r, 2 * r, 2 * r);
        else {
          dot.moveTo(X + r, Y);
          dot.arc(X, Y, r, 0, TAU);
        }
      } else if (kind === 'acknowledged' || kind === 'rejected') {
        const path = run.orders[order].status === 'lost' ? strong : tick;
        path.moveTo(X, Y);
        path.lineTo(X, Y + (kind === 'acknowledged' ? -10 : 10));
      }
    }
    c.globalAlpha = Math.min(1, faint * 1.8);
    c.fillStyle = c.strokeStyle = ink.soft;
    c.fill(dot);
    c.lineWidth = 1.2;
    c.stroke(tick);
    c.globalAlpha = rest < 1 ? 0.55 : 1;
    c.fillStyle = ink.good;
    c.fill(done);
    c.strokeStyle = ink.bad;
    c.lineWidth = 2.2;
    c.stroke(strong);
    c.globalAlpha = 1;
  }

  // What must be seen at once. Signs that would touch are drawn small, so that a crowd stays a crowd and not a slab.
  signs(c) {
    const { run, whole } = this,
      { ink, view } = whole,
      chosen = this.index(view.chosen);
    const room = {},
      late = []; // their numbers stay on top
    const free = (kind, X, need) => {
      const ok = X - (room[kind] ?? -1e9) >= need;
      if (ok) room[kind] = X;
      return ok;
    };
    for (const [x, , order, lane, kind, , , number] of run.events) {
      if (order < 0 || x < view.from || x > view.to || !this.shown(run.orders[order])) continue;
      const X = this.X(x),
        Y = this.Y(lane);
      c.globalAlpha = chosen >= 0 && order !== chosen ? 0.35 : 1;
      if (kind === 'charged' && number > 1) {
        if (order === chosen || free('twice', X, 17)) late.push([X, Y, number, c.globalAlpha]);
        else {
          c.fillStyle = ink.twice;
          c.beginPath();
          c.arc(X, Y, 4, 0, TAU);
          c.fill();
        }
      } else if (kind === 'accepted' && lane === this.shop) {
        c.fillStyle = ink.ground;
        c.strokeStyle = ink.good;
        c.lineWidth = 1.6;
        c.beginPath();
        c.arc(X, Y, free('kept', X, 8) ? 3 : 1.5, 0, TAU);
        c.fill();
        c.stroke();
      } else if (kind === 'charge_failed' || kind === 'returned' || kind === 'refused') {
        c.fillStyle = ink.ground;
        c.strokeStyle = ink.doubt;
        c.lineWidth = 1.6;
        c.beginPath();
        c.arc(X, Y, order === chosen || free('failed', X, 9) ? 3.5 : 1.5, 0, TAU);
        c.fill();
        c.stroke();
      } else if ((kind === 'delivered' || kind === 'redelivered') && number) {
        c.strokeStyle = ink.doubt;
        c.lineWidth = 1.4;
        if (order === chosen || free('again', X, 12)) turn(c, X, Y);
        else {
          c.beginPath();
          c.arc(X, Y, 1.6, 0, TAU);
          c.stroke();
        }
      } else if (kind === 'queued' || kind === 'dead_lettered' || kind === 'expired' || kind === 'trimmed') {
        c.strokeStyle = ink.doubt;
        c.lineWidth = 1.5;
        c.strokeRect(X - 3.5, Y - 3.5, 7, 7);
      }
    }
    for (const [X, Y, number, alpha] of late) {
      c.globalAlpha = alpha;
      c.fillStyle = ink.twice;
      c.beginPath();
      c.arc(X, Y, 8, 0, TAU);
      c.fill();
      c.fillStyle = ink.ground;
      c.font = `700 11px ${whole.font}`;
      c.textAlign = 'center';
      c.fillText(number, X, Y + 0.5);
    }
    const spread = run.crosses.map(([, x]) => this.X(x));
    const crowd = run.crosses.length * 9 > Math.max(...spread) - Math.min(...spread) + 9 && run.crosses.length > 1;
    const size = crowd ? 2.8 : run.crosses.length > MANY ? 4 : 5;
    for (const [order, x, lane] of run.crosses) {
      if (!this.shown(run.orders[order])) continue;
      const X = this.X(x),
        Y = this.Y(lane);
      c.globalAlpha = chosen >= 0 && order !== chosen ? 0.45 : 1;
      c.strokeStyle = ink.bad;
      c.lineWidth = crowd ? 1.5 : 2.4;
      c.beginPath();
      c.moveTo(X - size, Y - size);
      c.lineTo(X + size, Y + size);
      c.moveTo(X + size, Y - size);
      c.lineTo(X - size, Y + size);
      c.stroke();
    }
    c.globalAlpha = 1;
    this.labels(c, chosen);
  }

  labels(c, chosen) {
    const { run, whole } = this,
      { ink, view } = whole;
    const write = (text, X, Y, colour) => {
      c.font = `650 12.5px ${whole.font}`;
      c.textAlign = 'center';
      const half = c.measureText(text).width / 2 + 4,
        at = clamp(X, this.left + half, this.width - RIGHT - half);
      c.lineWidth = 4;
      c.strokeStyle = ink.ground;
      c.strokeText(text, at, Y);
      c.fillStyle = colour;
      c.fillText(text, at, Y);
    };
    const crosses = run.crosses.filter(([, x]) => x >= view.from && x <= view.to);
    if (chosen >= 0) {
      const [x, , , lane] = run.events[run.stories[chosen].findLast((k) => run.events[k][2] === chosen)] || [];
      if (x != null && x >= view.from && x <= view.to) {
        const cross = run.crosses.find(([k]) => k === chosen);
        write(
          `${nameOf(run.orders[chosen])}${cross ? ' lost' : ''}`,
          this.X(x),
          cross ? this.Y(cross[2]) + 18 : this.Y(lane) + 16,
          cross ? ink.bad : ink.ink,
        );
      }
    } else if (crosses.length && (view.filter === 'all' || view.filter === 'lost')) {
      const xs = crosses.map(([, x]) => this.X(x)),
        ns = crosses.map(([k]) => run.orders[k].n);
      write(
        `${named(ns)} lost`,
        (Math.min(...xs) + Math.max(...xs)) / 2,
        Math.max(...crosses.map((cross) => this.Y(cross[2]))) + 18,
        ink.bad,
      );
    }
    this.rounds(write, chosen);
  }

  // What went round more often than is drawn.
  rounds(write, chosen) {
    const { run, whole } = this;
    const orders = Object.keys(run.folded)
      .map(Number)
      .filter((k) => (chosen < 0 || chosen === k) && this.shown(run.orders[k]));
    const row = run.events.findLast(([, , order, , kind]) => orders.includes(order) && FOLDED.includes(kind));
    if (!row || row[0] < whole.view.from || row[0] > whole.view.to) return;
    const sum = orders.reduce((total, k) => total + run.folded[k], 0).toLocaleString('en');
    write(
      `${named(orders.map((k) => run.orders[k].n))}: ${sum} more of these`,
      this.X(row[0]),
      this.ys[1] - 13,
      whole.ink.doubt,
    );
  }

  // Each mark of the view with the place of its label: in rows, so that none covers another. One that has room on neither side
  // of its line lies across it.
  stacked(c, view) {
    const taken = [],
      end = this.width - RIGHT + OVER; // nothing is drawn beyond
    return this.marked
      .filter(({ x }) => x >= view.from && x <= view.to)
      .map((mark) => {
        const X = this.X(mark.x, view),
          ends = mark.kind === 'killed' || mark.kind === 'ended';
        c.font = `${TONES[mark.kind] === 'bad' ? '600 ' : ''}12.5px ${this.whole.font}`;
        const width = c.measureText(mark.text).width + 8;
        const beside = (ends && X - width > this.left) || X + width > end ? X - width : X;
        const left = clamp(beside, this.left, Math.max(this.left, end - width));
        let row = taken.findIndex((spans) => spans.every(([a, b]) => left + width < a || left > b));
        if (row < 0) row = taken.push([]) - 1;
        taken[row].push([left, left + width]);
        return { ...mark, X, left, row };
      });
  }

  marks(c, foot) {
    const { run, whole } = this,
      { ink, view } = whole;
    for (const { X, kind, text, left, row } of this.stacked(c, view)) {
      const colour = ink[TONES[kind]];
      c.font = `${TONES[kind] === 'bad' ? '600 ' : ''}12.5px ${whole.font}`;
      const y = TOP - 2 + ROW * row;
      c.strokeStyle = colour;
      c.lineWidth = 1.4;
      c.setLineDash([4, 3]);
      this.path(c, [
        [X, y - 6],
        [X, foot - 6],
      ]);
      c.setLineDash([]);
      if (row < this.rows) {
        c.fillStyle = colour;
        c.textAlign = 'left';
        c.fillText(text, left + 4, y);
      }
    }
    c.fillStyle = ink.soft;
    for (const [x, lane, kind] of run.marks) {
      if ((kind === 'started' || kind === 'restarted') && this.ys[lane] != null) {
        const X = this.X(x),
          Y = this.ys[lane];
        c.beginPath();
        c.moveTo(X - 3, Y - 5);
        c.lineTo(X + 5, Y);
        c.lineTo(X - 3, Y + 5);
        c.fill();
      }
    }
  }

  index(id) {
    return id == null ? -1 : this.run.orders.findIndex((order) => order.id === id);
  }
}

function turn(c, x, y) {
  c.beginPath();
  c.arc(x, y, 4, -Math.PI / 2, Math.PI * 1.2);
  c.stroke();
  c.beginPath();
  c.moveTo(x - 3.6, y - 5.4);
  c.lineTo(x - 3.2, y - 2.4);
  c.lineTo(x - 0.2, y - 2.8);
  c.stroke();
}

function named(numbers) {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b),
    out = [];
  for (const n of sorted) {
    if (out.length && n === out.at(-1)[1] + 1) out.at(-1)[1] = n;
    else out.push([n, n]);
  }
  if (out.length > MOST_RANGES) return `${sorted.length} orders`;
  const shown = out.map(([a, b]) => (a === b ? a : b === a + 1 ? `${a}, ${b}` : `${a}–${b}`)).join(', ');
  return `${sorted.length === 1 ? 'order' : 'orders'} ${shown}`;
}
