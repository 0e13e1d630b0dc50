// Which messages were on the screen while the page was visible: those are read.

export class ReadTracker {
  #observer;
  #report;
  /** Elements whose end is on the screen of a hidden page. */
  #waiting = new Set();

  /** `report(seq)` is called with the last message that was read, until `signal` is aborted. */
  constructor(root, report, signal) {
    this.#report = report;
    this.#observer = new IntersectionObserver((changes) => this.#onChange(changes), { root, threshold: 0.5 });
    document.addEventListener('visibilitychange', () => this.#flush(), { signal });
    signal.addEventListener('abort', () => this.#observer.disconnect());
  }

  /** Watches the element of a message: it is read once its end, where its time is, has been on the screen. */
  watch(element) {
    this.#observer.observe(element.querySelector('.meta'));
  }

  #onChange(changes) {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) this.#waiting.add(target);
      else this.#waiting.delete(target);
    }
    this.#flush();
  }

  #flush() {
    if (document.hidden || this.#waiting.size === 0) return;
    const seqs = [...this.#waiting].map((element) => Number(element.closest('.message')?.dataset.seq ?? 0));
    for (const element of this.#waiting) this.#observer.unobserve(element);
    this.#waiting.clear();
    this.#report(Math.max(...seqs));
  }
}
