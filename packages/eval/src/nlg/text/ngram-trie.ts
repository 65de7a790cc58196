/**
 * A trie over integer tokens: every distinct n-gram is one node, so n-grams are counted in plain arrays indexed by node.
 *
 * Node 0 is the empty n-gram. Children live in one open-addressing hash table keyed by (parent, token).
 */
export class NgramTrie {
  #slots = new Int32Array(1024);
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
    for (let node = 1; node < this.#size; node++) this.#slots[this.#slotOf[node]!] = 0;
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
    return this.#slots[this.#find(parent, token)]! || -1;
  }

  /** Node of the n-gram of `parent` followed by `token`, added when new. */
  extend(parent: number, token: number): number {
    const slot = this.#find(parent, token);
    const found = this.#slots[slot]!;
    if (found !== 0) return found;
    const node = this.#size++;
    if (node === this.#parents.length) this.#growNodes();
    this.#parents[node] = parent;
    this.#tokens[node] = token;
    this.#orders[node] = this.#orders[parent]! + 1;
    this.#slots[slot] = node;
    this.#slotOf[node] = slot;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return node;
  }

  #find(parent: number, token: number): number {
    const mask = this.#slots.length - 1;
    let hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(token + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = Math.imul(hash, 0x2c1b3c6d) & mask;
    for (;;) {
      const node = this.#slots[slot]!;
      if (node === 0 || (this.#parents[node] === parent && this.#tokens[node] === token)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #growNodes(): void {
    const length = this.#parents.length * 2;
    this.#parents = enlarge(this.#parents, new Int32Array(length));
    this.#tokens = enlarge(this.#tokens, new Int32Array(length));
    this.#slotOf = enlarge(this.#slotOf, new Int32Array(length));
    this.#orders = enlarge(this.#orders, new Uint8Array(length));
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let node = 1; node < this.#size; node++) {
      const slot = this.#find(this.#parents[node]!, this.#tokens[node]!);
      this.#slots[slot] = node;
      this.#slotOf[node] = slot;
    }
  }
}

function enlarge<T extends Int32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
