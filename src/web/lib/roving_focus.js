// One tab stop for many controls: arrow keys move the focus between groups, and between the controls of a group.

/** The steps between groups and within a group, by key. */
const GROUP_STEPS = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };
const CONTROL_STEPS = { ArrowLeft: -1, ArrowRight: 1 };

/**
 * Groups are the elements that match `group`; their controls match `control`, and have the tab index -1 when they are created. The last
 * one of a group is the first that is reached.
 */
export class RovingFocus {
  #container;
  #group;
  #control;
  #stop = null;

  constructor(container, { group, control }) {
    this.#container = container;
    this.#group = group;
    this.#control = control;
    container.addEventListener('keydown', (event) => this.#onKeyDown(event));
    container.addEventListener('focusin', ({ target }) => target.matches(this.#control) && this.#setStop(target));
  }

  /** Makes the last control the tab stop, unless the focus is in one of them. */
  update() {
    const { activeElement } = document;
    if (activeElement === this.#stop && this.#stop?.isConnected) return;
    const controls = this.#container.querySelectorAll(this.#control);
    const last = controls[controls.length - 1];
    if (last) this.#setStop(last);
  }

  #setStop(control) {
    if (this.#stop) this.#stop.tabIndex = -1;
    this.#stop = control;
    control.tabIndex = 0;
  }

  #groups() {
    return [...this.#container.querySelectorAll(this.#group)].filter((group) => group.querySelector(this.#control));
  }

  #controls(group) {
    return [...group.querySelectorAll(this.#control)];
  }

  #onKeyDown(event) {
    const { key, target } = event;
    if (!target.matches(this.#control)) return;
    const group = target.closest(this.#group);
    const next = key in GROUP_STEPS ? this.#groupAfter(group, GROUP_STEPS[key]) : this.#controlAfter(group, target, CONTROL_STEPS[key]);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  }

  #groupAfter(group, step) {
    const groups = this.#groups();
    const at = Math.max(0, Math.min(groups.length - 1, groups.indexOf(group) + step));
    return this.#controls(groups[at]).at(-1);
  }

  #controlAfter(group, control, step) {
    if (!step) return null;
    const controls = this.#controls(group);
    return controls[controls.indexOf(control) + step] ?? null;
  }
}
