// @parca/client is written as modules for a bundler: without file endings, and without saying that its files are modules.
export async function resolve(name, context, next) {
  const isOfClient = context.parentURL?.includes('/@parca/client/');
  return next(isOfClient && name.startsWith('.') ? name + '.js' : name, context);
}

export async function load(url, context, next) {
  return next(url, url.includes('/@parca/client/') ? { ...context, format: 'module' } : context);
}
