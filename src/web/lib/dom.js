// DOM helpers that build elements from strings, never from markup.

import { icons } from './icons.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an element. `props` are attributes, `on` holds listeners by event; `false` and null are skipped. */
export function el(name, props = {}, ...children) {
  const element = document.createElement(name);
  setAttributes(element, props);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets attributes and listeners of an element as `el` does. */
export function setAttributes(element, { on = {}, ...attributes }) {
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(key);
    else element.setAttribute(key, value === true ? '' : value);
  }
  return element;
}

/** An icon that is hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', icons[name]);
  svg.append(path);
  setAttributes(svg, { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' });
  return svg;
}

/** A button with an optional click listener and icon. */
export function button(text, { onClick, icon: iconName, ...props } = {}) {
  return el(
    'button',
    { type: 'button', on: onClick ? { click: onClick } : {}, ...props },
    iconName ? icon(iconName) : null,
    text ? el('span', {}, text) : null,
  );
}

let ids = 0;

/** An element id that is unique on the page. */
export const freshId = () => `n${(ids += 1)}`;

/** A form field: label, control and hint. */
export function field(label, control, { hint, optional } = {}) {
  const id = control.id || (control.id = freshId());
  if (control.matches('input, textarea')) control.dir ||= 'auto';
  const described = hint ? freshId() : null;
  if (described) control.setAttribute('aria-describedby', described);
  return el(
    'div',
    { class: 'field' },
    el('label', { for: id }, label, optional ? el('span', { class: 'optional' }, ` (${optional})`) : null),
    control,
    hint ? el('p', { class: 'hint', id: described }, hint) : null,
  );
}

/** A `select` with options `[value, text]`. */
export function choice(options, chosen, props = {}) {
  return el(
    'select',
    props,
    options.map(([value, text]) => el('option', { value: String(value), selected: value === chosen }, text)),
  );
}

/** Renders keyed items, `[key, make]` each: elements whose key is present already stay, and keep the focus. */
export function renderList(list, items) {
  const there = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const wanted = new Set(items.map(([key]) => key));
  for (const [key, element] of there) if (!wanted.has(key)) element.remove();
  items.forEach(([key, make], at) => {
    const element = there.get(key) ?? make();
    element.dataset.key = key;
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
  });
}

/** Coalesces calls into one `action` per animation frame; a hidden page has no frames and uses a timer. */
export function coalesce(action) {
  let due = null;
  const run = () => {
    // The other one of the two may be queued already and run in spite of being cancelled.
    if (due === null) return;
    cancelAnimationFrame(due.frame);
    clearTimeout(due.timer);
    due = null;
    action();
  };
  return () => void (due ??= { frame: requestAnimationFrame(run), timer: setTimeout(run, 100) });
}

/** Wraps a function that loads a part of the page: it is loaded once, and again after a failure. */
export function lazy(load) {
  let loading = null;
  return () =>
    (loading ??= load().catch((fault) => {
      loading = null;
      throw fault;
    }));
}

/** Replaces the children of an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
