// Builds what the page shows: elements from words, never from markup.

import { icons } from './icons.js';

const SVG = 'http://www.w3.org/2000/svg';

/** An element: `props` are attributes, `on` listeners by event, `false` and null are left out. */
export function el(name, props = {}, ...children) {
  const element = document.createElement(name);
  dress(element, props);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets attributes and listeners of an element as `el` does. */
export function dress(element, { on = {}, ...attributes }) {
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(key);
    else element.setAttribute(key, value === true ? '' : value);
  }
  return element;
}

/** An icon, which says nothing to who cannot see it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', icons[name]);
  svg.append(path);
  dress(svg, { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' });
  return svg;
}

/** A button with a listener, and an icon where one is named. */
export function button(text, { act, icon: named, ...props } = {}) {
  return el(
    'button',
    { type: 'button', on: act ? { click: act } : {}, ...props },
    named ? icon(named) : null,
    text ? el('span', {}, text) : null,
  );
}

let ids = 0;

/** An id that nothing else on the page has. */
export const freshId = () => `n${(ids += 1)}`;

/** A labelled field: its label, the control, what to know about it. */
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

/** A choice among `[value, text]`. */
export function choice(options, chosen, props = {}) {
  return el(
    'select',
    props,
    options.map(([value, text]) => el('option', { value: String(value), selected: value === chosen }, text)),
  );
}

/** Shows items in a list, `[key, make]` each: those that are there already stay as they are, and keep the focus. */
export function listed(list, items) {
  const there = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const wanted = new Set(items.map(([key]) => key));
  for (const [key, element] of there) if (!wanted.has(key)) element.remove();
  items.forEach(([key, make], at) => {
    const element = there.get(key) ?? make();
    element.dataset.key = key;
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
  });
}

/** Calls `act` once for all calls before the next picture is drawn; a page that nobody sees draws none, and does it soon. */
export function coalesced(act) {
  let due = null;
  const runs = () => {
    cancelAnimationFrame(due.frame);
    clearTimeout(due.timer);
    due = null;
    act();
  };
  return () => void (due ??= { frame: requestAnimationFrame(runs), timer: setTimeout(runs, 100) });
}

/** Puts these in place of all that is in an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
