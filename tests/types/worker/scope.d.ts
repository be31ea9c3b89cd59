// What the server puts before the worker (edge/homescreen.py), and what a service worker has of its
// own beside what all workers have.

declare const TREE: string;
declare const SHELL: string[];
declare const clients: Clients;
declare const skipWaiting: ServiceWorkerGlobalScope["skipWaiting"];
declare function addEventListener<K extends keyof ServiceWorkerGlobalScopeEventMap>(
  type: K,
  listener: (event: ServiceWorkerGlobalScopeEventMap[K]) => void,
): void;
