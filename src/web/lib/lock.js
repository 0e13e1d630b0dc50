// Mutual exclusion between the tabs of a browser.

/** Runs an action in one tab at a time, where the browser supports locks. */
export async function withLock(name, action) {
  if (!navigator.locks) return action();
  let began = false;
  const run = () => ((began = true), action());
  return navigator.locks.request(name, run).catch((fault) => {
    if (began) throw fault;
    return action();
  });
}
