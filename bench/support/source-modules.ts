import { registerHooks } from 'node:module';

/**
 * Lets a benchmark import the e2e tests' sources, whose relative imports end in `.js` as everywhere: where there is no
 * such file, the `.ts` beside it is meant.
 */
registerHooks({
  resolve(specifier, context, next) {
    const isRelative = /^\.\.?\//.test(specifier) && specifier.endsWith('.js');
    if (!isRelative) return next(specifier, context);
    try {
      return next(specifier, context);
    } catch {
      return next(specifier.replace(/\.js$/, '.ts'), context);
    }
  },
});
