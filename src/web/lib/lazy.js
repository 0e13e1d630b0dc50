// Parts of a page that are loaded after it is shown.

/** Wraps a function that loads a part: it is loaded once, and again after a failure. */
export function lazy(load) {
  let loading = null;
  return () =>
    (loading ??= load().catch((fault) => {
      loading = null;
      throw fault;
    }));
}
