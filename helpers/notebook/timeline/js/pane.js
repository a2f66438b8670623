// One run as it is used: its canvas, the strip of its orders, the story of the chosen one; mouse and keys.

class Pane extends Picture {
  constructor(whole, run, number) {
    super();
    Object.assign(this, { whole, run, number, rows: 1, hover: null, left: LEFT });
    const id = `mqw-tl-${++names}`;
    this.canvas = make('canvas', { 'aria-hidden': 'true' });
    this.hint = make('div', { class: 'hint', hidden: true });
    this.stage = make(
      'div',
      { class: 'stage', tabindex: 0, role: 'group', 'aria-roledescription': 'timeline', 'aria-describedby': `${id}-keys` },
      this.canvas,
      this.hint,
    );
    this.keys = make('p', {
      class: 'hide',
      id: `${id}-keys`,
      text: 'Left and right: one event. Space: play. Plus, minus, zero: zoom. L, D, R: the next order that was lost, doubled, delivered again. Tab: every order.',
    });
    this.strip = make('div', {
      class: 'strip',
      role: 'listbox',
      'aria-label': `every order${run.title ? ` of ${run.title}` : ''}`,
      'aria-orientation': 'horizontal',
    });
    this.story = make('div', { class: 'story', hidden: true });
    this.root = make('div', { class: 'pane', role: 'region', 'aria-label': run.title || 'run' });
    if (run.title) this.root.append(make('h4', { class: 'which', text: run.title }));
    this.root.append(
      this.stage,
      this.keys,
      make('div', { class: 'row' }, make('span', { class: 'name', text: 'every order' }), this.strip),
      this.story,
    );
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
    const marks = this.run.marks.filter((mark) => TONES[mark[2]]);
    const several = new Set(marks.map((mark) => mark[4])).size > 1;
    this.marked = marks
      .map(([x, , kind, , who]) => {
        const word = this.whole.words[kind] || kind;
        return { x, kind, text: (kind === 'back' || kind === 'resumed') && !several ? word : `${who} ${word}` };
      })
      .sort((a, b) => a.x - b.x);
    this.shop = this.run.lanes.find((lane) => lane.role === 'shop')?.id;
  }

  resize() {
    const width = Math.max(240, Math.round(this.stage.clientWidth));
    Object.assign(this, { width, left: width < NARROW ? LEFT - 22 : LEFT });
    // As many as the whole run needs, so that a zoom leaves the height alone.
    const all = this.stacked(this.canvas.getContext('2d'), { from: 0, to: this.whole.end });
    this.rows = clamp(Math.max(0, ...all.map(({ row }) => row + 1)), 1, ROWS);
    const height = TOP + ROW * this.rows + AIR + LANE * (Math.max(1, this.lanes?.length || 1) - 1) + FOOT;
    const ratio = globalThis.devicePixelRatio || 1;
    this.canvas.style.height = `${height}px`;
    this.stage.style.height = `${height}px`;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    Object.assign(this, { height, ratio });
    this.whole.paint();
  }

  // --- choosing

  choose(id, focus) {
    const k = this.index(id);
    this.cells.forEach((cell, i) => {
      cell.setAttribute('aria-selected', String(i === k));
      cell.tabIndex = i === k || (k < 0 && i === this.run.numbered[0]) ? 0 : -1;
    });
    if (focus && k >= 0) this.cells[k].focus();
    this.tell(k);
    return k < 0 ? '' : `${spoken(this.run.orders[k], this.run.effect)}, ${this.run.stories[k].length} events`;
  }

  told(row) {
    const [, , order, lane, kind, frame, note] = row,
      word = this.whole.words[kind] || kind;
    const inside = [frame, note].filter(Boolean).join(', ');
    return `${order >= 0 ? nameOf(this.run.orders[order]) : this.run.laneName(lane)} ${word}${inside ? ` (${inside})` : ''}`;
  }

  // The events of the chosen order, with the names of their frames and their times.
  tell(k) {
    const { run, whole } = this,
      story = this.story;
    story.hidden = k < 0;
    story.replaceChildren();
    if (k < 0) return;
    const order = run.orders[k],
      kind = kindOf(order),
      list = make('ol');
    for (const e of run.stories[k]) {
      const [x, us, owner, lane, name, frame, note] = run.events[e];
      const word = owner < 0 ? `${run.laneName(lane)} ${whole.words[name] || name}` : whole.words[name] || name;
      const lostOnWay = run.dropped.includes(e) ? 'did not arrive' : '';
      list.append(
        make(
          'li',
          { class: owner < 0 ? 'mark' : name },
          make(
            'button',
            {
              type: 'button',
              onclick: () => {
                whole.pause();
                whole.moveTo(x);
              },
            },
            make('b', { text: word }),
            make('span', { text: time(us) }),
            make('code', { text: frame }),
            make('small', { text: [note, lostOnWay].filter(Boolean).join(', ') }),
          ),
        ),
      );
    }
    if (run.folded[k])
      list.append(make('li', { class: 'more', text: `… and ${run.folded[k].toLocaleString('en')} more like these` }));
    if (order.status === 'lost')
      list.append(make('li', { class: 'never' }, make('b', { text: this.run.effect }), make('span', { text: 'never' })));
    story.append(
      make(
        'p',
        { class: `head is-${kind}` },
        make('b', { text: order.status === 'odd' ? 'an order that nobody placed' : `order ${order.n}` }),
        ` ${kind ? `${SIGNS[kind]} ${spoken(order, this.run.effect).split(': ')[1]}` : ''} `,
        make('code', { text: order.id }),
        make('button', {
          type: 'button',
          class: 'close',
          'aria-label': 'show all orders again',
          title: 'show all orders again',
          text: '×',
          onclick: () => {
            whole.choose(null);
            this.stage.focus();
          },
        }),
      ),
      list,
    );
  }

  buildStrip() {
    const { run, strip, whole } = this;
    const state = run.orders.map((o) => `${o.n}${kindOf(o)}`).join();
    if (state === this.stripState) return;
    this.stripState = state;
    strip.classList.toggle('small', run.orders.length > SPARSE);
    while (this.cells.length < run.orders.length) {
      const k = this.cells.length;
      this.cells.push(
        make('div', {
          role: 'option',
          tabindex: -1,
          onclick: () => whole.choose(run.orders[k].id === whole.view.chosen ? null : run.orders[k].id),
          onpointerenter: () => {
            this.hover = k;
            whole.paint();
          },
          onpointerleave: () => {
            this.hover = null;
            whole.paint();
          },
        }),
      );
    }
    while (this.cells.length > run.orders.length) this.cells.pop();
    run.orders.forEach((order, k) => {
      const kind = kindOf(order),
        cell = this.cells[k];
      cell.className = kind && `is-${kind}`;
      cell.title = spoken(order, this.run.effect);
      cell.setAttribute('aria-label', spoken(order, this.run.effect));
      cell.setAttribute('aria-selected', 'false');
      cell.replaceChildren(
        make('span', { text: order.status === 'odd' ? '' : String(order.n) }),
        ...(kind ? [make('i', { text: SIGNS[kind] })] : []),
      );
    });
    strip.replaceChildren(...run.numbered.map((k) => this.cells[k]));
    if (run.numbered.length) this.cells[run.numbered[0]].tabIndex = 0;
    this.dim();
  }

  dim() {
    this.run.orders.forEach((order, k) => this.cells[k]?.classList.toggle('dim', !this.shown(order)));
  }

  listen() {
    const { whole, stage, strip } = this;
    stage.addEventListener('keydown', (event) => whole.key(event));
    strip.addEventListener('keydown', (event) => {
      const list = this.run.numbered,
        at = list.findIndex((k) => this.cells[k] === document.activeElement);
      const to = {
        ArrowRight: at + 1,
        ArrowDown: at + 1,
        ArrowLeft: at - 1,
        ArrowUp: at - 1,
        Home: 0,
        End: list.length - 1,
        Enter: at,
        ' ': at,
      }[event.key];
      if (to == null) return whole.key(event);
      event.preventDefault();
      event.stopPropagation();
      whole.choose(this.run.orders[list[clamp(to, 0, list.length - 1)]].id);
      this.cells[list[clamp(to, 0, list.length - 1)]].focus();
    });
    stage.addEventListener(
      'wheel',
      (event) => {
        // A notebook scrolls: only with Ctrl (a pinch sends it too), or sideways, is it ours.
        const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
        if (event.ctrlKey || event.metaKey) whole.zoom(Math.exp(-clamp(event.deltaY, -60, 60) / 120), this.step(event.offsetX));
        else if (
          Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY) &&
          whole.view.to - whole.view.from < whole.end
        )
          whole.pan(sideways / this.width);
        else return;
        event.preventDefault();
      },
      { passive: false },
    );
    let from = null,
      moved = false;
    stage.addEventListener('pointerdown', (event) => {
      if (event.button === 0) {
        from = event.clientX;
        moved = false;
        stage.setPointerCapture(event.pointerId);
      }
    });
    stage.addEventListener('pointermove', (event) => {
      if (from != null && Math.abs(event.clientX - from) > (moved ? 0 : 4)) {
        moved = true;
        whole.pan((from - event.clientX) / (this.width - this.left - RIGHT));
        from = event.clientX;
      }
      this.point(event);
    });
    stage.addEventListener('pointerup', () => {
      if (from != null && !moved) whole.choose(this.hover == null ? null : this.run.orders[this.hover].id);
      from = null;
    });
    stage.addEventListener('pointercancel', () => {
      from = null;
    });
    stage.addEventListener('pointerleave', () => {
      this.hover = null;
      this.hint.hidden = true;
      whole.paint();
    });
    stage.addEventListener('dblclick', (event) => whole.zoom(2, this.step(event.offsetX)));
  }

  // The nearest line within a few pixels, and its order's name beside the pointer.
  point(event) {
    const box = this.canvas.getBoundingClientRect(),
      px = event.clientX - box.left,
      py = event.clientY - box.top;
    const near = this.nearest(px, py);
    if (near !== this.hover) {
      this.hover = near;
      this.whole.paint();
    }
    this.hint.hidden = near == null;
    if (near != null) {
      this.hint.textContent = spoken(this.run.orders[near], this.run.effect);
      this.hint.style.left = `${clamp(px + 12, 0, this.width - 200)}px`;
      this.hint.style.top = `${py + 14}px`;
    }
  }

  nearest(px, py) {
    let best = 49,
      found = null;
    for (const [order, x0, lane0, x1, lane1] of this.run.lines) {
      const ax = this.X(x0),
        bx = this.X(x1);
      if (px < ax - 7 || px > bx + 7 || !this.shown(this.run.orders[order])) continue;
      const ay = this.Y(lane0),
        by = this.Y(lane1),
        dx = bx - ax,
        dy = by - ay;
      const t = clamp(((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1), 0, 1);
      // On a lane many orders wait side by side: what is on its way, or in trouble, is meant.
      const d = (px - ax - t * dx) ** 2 + (py - ay - t * dy) ** 2 + (dy ? 0 : 20) - (this.run.orders[order].status ? 6 : 0);
      if (d < best) {
        best = d;
        found = order;
      }
    }
    return found;
  }
}
