/** Tokens are below this, nodes below 2^53 divided by it. */
const tokenLimit = 2 ** 26;

/**
 * A trie over integer tokens: every distinct n-gram is one node, so n-grams are counted in plain arrays indexed by node.
 *
 * Node 0 is the empty n-gram. Children live in one open-addressing hash table; its keys join parent and token in one
 * number.
 */
export class NgramTrie {
  #keys = new Float64Array(1024).fill(-1);
  #nodes = new Int32Array(1024);
  #parents = new Int32Array(512);
  #tokens = new Int32Array(512);
  #slotOf = new Int32Array(512);
  #orders = new Uint8Array(512);
  #size = 1;

  /** Number of nodes, the empty n-gram included. */
  get size(): number {
    return this.#size;
  }

  /** Forgets all n-grams, keeping the memory. */
  clear(): void {
    for (let node = 1; node < this.#size; node++) this.#keys[this.#slotOf[node]!] = -1;
    this.#size = 1;
  }

  /** Length of a node's n-gram. */
  order(node: number): number {
    return this.#orders[node]!;
  }

  /** Node of the n-gram without its last token. */
  parent(node: number): number {
    return this.#parents[node]!;
  }

  /** Last token of a node's n-gram. */
  token(node: number): number {
    return this.#tokens[node]!;
  }

  /** Node of the n-gram of `parent` followed by `token`, or −1 when it is not in the trie. */
  find(parent: number, token: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    const key = parent * tokenLimit + token;
    for (let slot = hash(parent, token) & mask; ; slot = (slot + 1) & mask) {
      const found = keys[slot]!;
      if (found === key) return this.#nodes[slot]!;
      if (found < 0) return -1;
    }
  }

  /** Node of the n-gram of `parent` followed by `token`, added when new. */
  extend(parent: number, token: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    const key = parent * tokenLimit + token;
    for (let slot = hash(parent, token) & mask; ; slot = (slot + 1) & mask) {
      const found = keys[slot]!;
      if (found === key) return this.#nodes[slot]!;
      if (found < 0) return this.#add(parent, token, key, slot);
    }
  }

  #add(parent: number, token: number, key: number, slot: number): number {
    const node = this.#size++;
    if (node === this.#parents.length) this.#growNodes();
    this.#parents[node] = parent;
    this.#tokens[node] = token;
    this.#orders[node] = this.#orders[parent]! + 1;
    this.#keys[slot] = key;
    this.#nodes[slot] = node;
    this.#slotOf[node] = slot;
    if (this.#size * 2 > this.#keys.length) this.#growTable();
    return node;
  }

  #growNodes(): void {
    const length = this.#parents.length * 2;
    this.#parents = enlarge(this.#parents, new Int32Array(length));
    this.#tokens = enlarge(this.#tokens, new Int32Array(length));
    this.#slotOf = enlarge(this.#slotOf, new Int32Array(length));
    this.#orders = enlarge(this.#orders, new Uint8Array(length));
  }

  #growTable(): void {
    const length = this.#keys.length * 2;
    const keys = new Float64Array(length).fill(-1);
    const nodes = new Int32Array(length);
    for (let node = 1; node < this.#size; node++) {
      const parent = this.#parents[node]!;
      const token = this.#tokens[node]!;
      let slot = hash(parent, token) & (length - 1);
      while (keys[slot]! >= 0) slot = (slot + 1) & (length - 1);
      keys[slot] = parent * tokenLimit + token;
      nodes[slot] = node;
      this.#slotOf[node] = slot;
    }
    this.#keys = keys;
    this.#nodes = nodes;
  }
}

function enlarge<T extends Int32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

function hash(parent: number, token: number): number {
  const mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(token + 1, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 7;
}
