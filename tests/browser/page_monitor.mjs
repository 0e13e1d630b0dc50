// Monitors pages for errors, policy violations, requests to other origins and dialogs.

const BINDING = 'parlorTestComplains';

/** Reports them for every page of a browser profile as `console: …`, `error: …`, `policy: …`, `asked: …`, `dialog: …`. */
export async function monitorPages(context, origin, complain) {
  context.on('console', (message) => {
    const place = message.location().url;
    if (['error', 'warning'].includes(message.type())) complain(`console: ${message.text()} (${place})`);
  });
  context.on('weberror', (error) => complain(`error: ${error.error().stack}`));
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complain(`asked: ${request.url()}`);
  });
  context.on('dialog', async (dialog) => {
    complain(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  await context.exposeFunction(BINDING, (violation) => complain(`policy: ${violation}`));
  await context.addInitScript((name) => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) => {
      globalThis[name](`${effectiveDirective} ${blockedURI} ${sourceFile ?? ''}`);
    });
  }, BINDING);
}
