// A menu that opens at a button, with the keyboard of the ARIA pattern.

import { el, icon } from './dom.js';

/** Distance between the menu and the edges of the window, in pixels. */
const MARGIN = 8;

/** The open menu: `{menu, opener, stop}`. */
let current = null;

/** A choice of a menu; `checked` makes it one that can be on or off. */
export function menuItem(text, { onChoose, icon: iconName, checked, ...props }) {
  const role = checked === undefined ? { role: 'menuitem' } : { role: 'menuitemcheckbox', 'aria-checked': String(checked) };
  const choose = () => {
    closeMenu();
    onChoose();
  };
  return el(
    'button',
    { type: 'button', tabindex: '-1', ...role, on: { click: choose }, ...props },
    iconName ? icon(iconName) : null,
    el('span', {}, text),
  );
}

/** Opens a menu with `content`, which holds items, at a button; closes it if it is open. */
export function toggleMenu(opener, label, content) {
  const isOpen = current?.opener === opener;
  closeMenu();
  if (isOpen) return;
  const menu = el('div', { class: 'menu', role: 'menu', 'aria-label': label }, content);
  const listening = new AbortController();
  current = { menu, opener, stop: () => listening.abort() };
  document.body.append(menu);
  opener.setAttribute('aria-expanded', 'true');
  place(menu, opener.getBoundingClientRect());
  items(menu)[0].focus({ preventScroll: true });
  menu.addEventListener('keydown', onKeyDown);
  const { signal } = listening;
  const closeOutside = ({ target }) => menu.contains(target) || opener.contains(target) || closeMenu({ focus: false });
  for (const event of ['pointerdown', 'focusin', 'wheel']) document.addEventListener(event, closeOutside, { signal, passive: true });
  addEventListener('resize', () => place(menu, opener.getBoundingClientRect()), { signal });
}

/** Closes the open menu, and returns the focus to its button. */
export function closeMenu({ focus = true } = {}) {
  if (!current) return;
  const { menu, opener, stop } = current;
  current = null;
  stop();
  opener.setAttribute('aria-expanded', 'false');
  if (focus) opener.focus({ preventScroll: true });
  menu.remove();
}

const items = (menu) => [...menu.querySelectorAll('[role^=menuitem]')];

/** The steps that keys make from one item to another; the end and the beginning are beside each other. */
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

function onKeyDown(event) {
  const { key, currentTarget: menu } = event;
  if (key === 'Tab') return closeMenu();
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const next = { Home: 0, End: all.length - 1 }[key] ?? (key in STEPS ? at + STEPS[key] : null);
  if (key !== 'Escape' && next === null) return null;
  event.preventDefault();
  event.stopPropagation();
  return key === 'Escape' ? closeMenu() : all.at(next % all.length).focus();
}

/** Places the menu below its button, or above it where there is no room, within the window. */
function place(menu, { left, right, top, bottom }) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const [wide, high] = [document.documentElement.clientWidth, window.innerHeight];
  const x = left + width + MARGIN > wide ? right - width : left;
  const y = bottom + height + MARGIN > high ? top - height : bottom;
  menu.style.left = `${Math.max(MARGIN, Math.min(x, wide - width - MARGIN))}px`;
  menu.style.top = `${Math.max(MARGIN, Math.min(y, high - height - MARGIN))}px`;
}
