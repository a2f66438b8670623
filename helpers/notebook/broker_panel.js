// The panel's page side: draws what the kernel tells, asks for deeds; elements stay, so that the focus does too.

const SIGNS = { running: ['✓', 'ok'], paused: ['‖', 'twice'], starting: ['…', 'soft'], stopped: ['✗', 'bad'] };
const BREAKS = 'Every program that is connected to it loses its connection; cells and checks that use it fail';
const ASK = {
  kill: ['with SIGKILL', `${BREAKS}. What was confirmed is on its disk.`, 'kill it'],
  down: ['', `${BREAKS} until it is started again.`, 'stop it'],
  restart: ['', `${BREAKS} for a moment.`, 'restart it'],
  pause: ['', 'Connections stay open and nothing moves: cells and checks that use it wait until it is resumed.', 'pause it'],
};
const WORDS = { up: 'Start', down: 'Stop', kill: 'Kill -9', pause: 'Pause', resume: 'Resume', restart: 'Restart' };
const LOOK = 2000, // ms between two signs that somebody watches
  STALE = 8000, // ms without news, after which the panel says so
  HASTE = 400; // ms in which a second press is the first one's repetition, no consent

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class Row {
  constructor(broker, send) {
    this.name = broker.name;
    this.title = broker.title;
    this.send = send;
    this.sign = make('b', { 'aria-hidden': 'true' });
    this.state = make('span', { class: 'state' });
    this.facts = make('span', { class: 'facts' });
    this.details = make('ul', { class: 'work', 'aria-label': `what stands in ${broker.title}` });
    this.said = make('p', { class: 'said', role: 'status' });
    this.question = make('div', { class: 'ask', role: 'group', hidden: '' });
    this.log = make('pre', { hidden: '', tabindex: '0', 'aria-label': `the end of ${broker.title}'s log` });
    this.buttons = {};
    const bar = make('div', { class: 'deeds', role: 'group', 'aria-label': broker.title });
    if (broker.instance === 'main') {
      for (const key of ['switch', 'kill', 'hold', 'restart', 'log']) {
        this.buttons[key] = make('button', { type: 'button' });
        this.buttons[key].addEventListener('click', () => this.press(key));
        bar.append(this.buttons[key]);
      }
      this.buttons.log.setAttribute('aria-expanded', 'false');
    }
    const head = make('div', { class: 'head' }, make('h4', {}, this.title), make('span', {}, this.sign, ' ', this.state), this.facts);
    this.root = make('section', { 'aria-label': this.title }, make('div', { class: 'top' }, head, bar), this.question, this.said, this.details, this.log);
  }

  show(broker) {
    this.broker = broker;
    const [sign, tone] = broker.doing ? ['…', 'soft'] : SIGNS[broker.state] || ['?', 'soft'];
    put(this.sign, sign);
    this.sign.parentElement.className = tone;
    put(this.state, broker.doing || broker.state);
    put(this.facts, [broker.version, broker.port && `localhost:${broker.port}`, broker.memory, broker.up].filter(Boolean).join(' · '));
    put(this.said, [broker.said, broker.note].filter(Boolean).join(' · '));
    this.said.className = broker.well && !broker.note ? 'said' : 'said bad';
    if (this.details.textContent !== broker.details.join('')) this.details.replaceChildren(...broker.details.map((line) => make('li', {}, line)));
    if (!this.buttons.kill) return;
    const stopped = broker.state === 'stopped', paused = broker.state === 'paused';
    this.button('switch', stopped ? 'up' : 'down', false);
    this.button('kill', 'kill', stopped);
    this.button('hold', paused ? 'resume' : 'pause', stopped);
    this.button('restart', 'restart', stopped);
    put(this.buttons.log, this.log.hidden ? 'Show log' : 'Hide log');
    this.buttons.log.setAttribute('aria-label', `${this.log.hidden ? 'Show' : 'Hide'} ${this.title}'s log`);
  }

  button(key, deed, off) {
    const button = this.buttons[key];
    button.dataset.deed = deed;
    put(button, WORDS[deed]);
    button.setAttribute('aria-label', `${WORDS[deed]} ${this.title}`);
    button.setAttribute('aria-disabled', String(off || Boolean(this.broker.doing))); // it keeps the focus, which `disabled` would not
  }

  press(key) {
    const button = this.buttons[key];
    if (key === 'log') {
      this.log.hidden = !this.log.hidden;
      button.setAttribute('aria-expanded', String(!this.log.hidden));
      if (!this.log.hidden) this.send({ type: 'log', name: this.name });
      return this.show(this.broker);
    }
    if (button.getAttribute('aria-disabled') === 'true') return;
    const deed = button.dataset.deed;
    if (ASK[deed]) this.ask(button, deed);
    else this.send({ type: 'do', name: this.name, deed });
  }

  ask(button, deed) {
    const [how, what, words] = ASK[deed];
    const asked = performance.now();
    const text = `${WORDS[deed].replace(' -9', '')} ${this.title}${how && ` ${how}`}?`;
    const yes = make('button', { type: 'button', class: 'yes' }, `Yes, ${words}`);
    const no = make('button', { type: 'button' }, 'No');
    const close = () => {
      this.question.hidden = true;
      this.question.replaceChildren();
      button.focus();
    };
    yes.addEventListener('click', () => {
      if (performance.now() - asked < HASTE) return;
      close();
      this.send({ type: 'do', name: this.name, deed });
    });
    no.addEventListener('click', close);
    this.question.onkeydown = (event) => {
      if (event.key === 'Escape') close();
    };
    this.question.setAttribute('aria-label', `${text} ${what}`);
    this.question.replaceChildren(make('p', {}, make('strong', {}, text), ` ${what}`), yes, no);
    this.question.hidden = false;
    yes.focus();
  }
}

class Panel {
  constructor(el, send) {
    this.send = send;
    this.rows = new Map();
    this.heard = performance.now();
    this.word = make('p', { class: 'word', role: 'status' }, 'Looking at the brokers …');
    // Keys are the panel's: in the notebook's command mode Enter would begin to edit the cell.
    this.root = make('div', { class: 'mqw mqw-card mqw-brokers', role: 'group', 'aria-label': 'brokers', 'data-lm-suppress-shortcuts': 'true' }, this.word);
    this.root.addEventListener('keydown', (event) => event.stopPropagation());
    el.append(this.root);
    this.visible = true;
    this.eye = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1).isIntersecting;
      this.look();
    });
    this.eye.observe(this.root);
    this.timer = setInterval(() => this.look(), LOOK);
  }

  look() {
    if (document.hidden || !this.visible) {
      this.heard = performance.now();
      return;
    }
    try {
      this.send({ type: 'look' });
    } catch {
      // The kernel's side of the panel is gone; that is said below.
    }
    if (performance.now() - this.heard > STALE)
      put(this.word, 'No news from the kernel: it was restarted or has ended. Run this cell again.');
  }

  hear(message) {
    this.heard = performance.now();
    if (message.type === 'fault') put(this.word, message.text);
    if (message.type === 'log') {
      const row = this.rows.get(`${message.name} main`);
      if (row) {
        put(row.log, message.text);
        row.log.scrollTop = row.log.scrollHeight;
      }
    }
    if (message.type !== 'state') return;
    put(this.word, '');
    const seen = new Set();
    for (const broker of message.brokers) {
      const key = `${broker.name} ${broker.instance}`;
      seen.add(key);
      if (!this.rows.has(key)) {
        this.rows.set(key, new Row(broker, this.send));
        this.root.append(this.rows.get(key).root);
      }
      const row = this.rows.get(key);
      row.title = broker.instance === 'main' ? broker.title : `${broker.title} (${broker.instance})`;
      put(row.root.querySelector('h4'), row.title);
      row.show(broker);
    }
    for (const [key, row] of this.rows)
      if (!seen.has(key)) {
        row.root.remove();
        this.rows.delete(key);
      }
  }

  close() {
    clearInterval(this.timer);
    this.eye.disconnect();
  }
}

export default () => ({
  render({ model, el }) {
    const panel = new Panel(el, (message) => model.send(message));
    const hear = (message) => panel.hear(message);
    model.on('msg:custom', hear);
    panel.look();
    return () => {
      model.off('msg:custom', hear);
      panel.close();
    };
  },
});
