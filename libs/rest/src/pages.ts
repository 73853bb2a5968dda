// Built static pages with a fallback to index.html for the addresses of a single-page app. Called by the server's `pages`.
import { basename, sep } from 'node:path';
import express, { type RequestHandler, type Router } from 'express';

/** Names that a bundler made from the content: they never change under the same name. */
const HASHED = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const HASHED_ALL_ALPHA = /^[a-z-]+$/;

export function cacheControl(file: string): string {
  const name = basename(file);
  const hash = HASHED.exec(name)?.[0].slice(1).replace(/\.[a-z0-9]+$/, '') ?? '';
  const immutable = file.includes(`${sep}assets${sep}`) && hash !== '' && !HASHED_ALL_ALPHA.test(hash);
  return immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** A person's browser asking for a page of the app, not a program or a missing file. */
const wantsPage: (path: string, accept: string | undefined) => boolean = (path, accept) =>
  (accept ?? '').includes('text/html') && !/\/api\//.test(path) && !basename(path).includes('.');

export function pagesRouter(folder: string): Router {
  const router = express.Router();
  const fallback: RequestHandler = (request, response, next) => {
    if ((request.method !== 'GET' && request.method !== 'HEAD') || !wantsPage(request.originalUrl.split('?')[0] ?? '', request.headers.accept)) return next();
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile('index.html', { root: folder, cacheControl: false }, (e) => (e && !response.headersSent ? next() : undefined));
  };
  router.use(express.static(folder, { cacheControl: false, redirect: false, dotfiles: 'ignore', setHeaders: (response, file) => void response.setHeader('Cache-Control', cacheControl(file)) }));
  router.use(fallback);
  return router;
}
