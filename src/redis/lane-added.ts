export type Added = ReturnType<typeof createAdded>;

/** What this process has put into lanes since they were sampled: count by client, by route. */
export function createAdded() {
  const routes = new Map<string, Map<string, number>>();
  const clientsOf = (route: string) => routes.get(route) ?? new Map<string, number>();
  const add = (route: string, clientId: string, count = 1) => {
    const clients = clientsOf(route);
    const total = (clients.get(clientId) ?? 0) + count;
    // A client that has nothing new is no entry: there may be thousands.
    if (total === 0) clients.delete(clientId);
    else clients.set(clientId, total);
    routes.set(route, clients);
  };
  return {
    add: (route: string, clientId: string) => add(route, clientId),
    all: (route: string) => [...clientsOf(route).values()].reduce((sum, count) => sum + count, 0),
    onTopOf: (route: string, backlogs: ReadonlyMap<string, number> = new Map()) => {
      const sum = new Map(backlogs);
      for (const [id, count] of clientsOf(route)) sum.set(id, (sum.get(id) ?? 0) + count);
      return sum;
    },
    /** Call before a sample, and what it returns once the sample is there: it holds what came before. */
    mark: () => {
      const before = [...routes].map(([route, clients]) => [route, new Map(clients)] as const);
      return () => {
        for (const [route, clients] of before) {
          for (const [id, count] of clients) add(route, id, -count);
        }
      };
    },
  };
}
