// Requests to the server that this page came from, with the token that the reader gave, if one is wanted.
const tokenName = 'weir-token';

export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export const hasToken = (): boolean => sessionStorage.getItem(tokenName) !== null;
export const keepToken = (token: string): void => sessionStorage.setItem(tokenName, token);
export const forgetToken = (): void => sessionStorage.removeItem(tokenName);

// fetch and not EventSource, which cannot send Authorization.
export async function request(path: string, signal?: AbortSignal, method = 'GET'): Promise<Response> {
  const token = sessionStorage.getItem(tokenName);
  const response = await fetch('.' + path, {
    method,
    headers: token === null ? {} : { Authorization: `Bearer ${token}` },
    cache: 'no-store',
    credentials: 'omit',
    ...(signal && { signal }),
  });
  if (response.ok) return response;
  const problem: unknown = await response.json().catch(() => null);
  const detail =
    typeof problem === 'object' && problem !== null && 'detail' in problem && typeof problem.detail === 'string'
      ? problem.detail
      : `the server answered ${response.status}`;
  throw new Refused(response.status, detail);
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, signal)).json()) as T;
}

export const at = encodeURIComponent;
