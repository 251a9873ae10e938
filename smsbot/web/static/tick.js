// A clock in a worker: browsers slow the timers of pages in the background, not those of workers.
setInterval(() => postMessage(0), 1500);
