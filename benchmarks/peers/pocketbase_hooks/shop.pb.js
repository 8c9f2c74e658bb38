// What makes PocketBase comparable: commits that survive a power cut, and an entry that
// changes the balance, keeps its key and leaves an audit entry in one transaction.
// Every handler runs in a context of its own and sees nothing of this file.

// PocketBase opens its databases with synchronous=NORMAL: a commit is then written to the
// disk some time later. All writes go through one connection, so it is enough to tell that one;
// it is told again every minute, since an unused connection is replaced after three.
onBootstrap((e) => {
  e.next();
  $app.nonconcurrentDB().newQuery("PRAGMA synchronous = FULL").execute();
});

cronAdd("durable", "* * * * *", () => {
  $app.nonconcurrentDB().newQuery("PRAGMA synchronous = FULL").execute();
});

// The measurement asks here whether it is in force: 2 is FULL.
routerAdd("GET", "/api/durability", (e) => {
  const found = new DynamicModel({ synchronous: 0 });
  $app.nonconcurrentDB().newQuery("PRAGMA synchronous").one(found);
  return e.json(200, found);
});

onRecordCreateRequest((e) => {
  const key = e.requestInfo().headers["idempotency_key"];
  const user = e.requestInfo().auth.id;
  $app.runInTransaction((tx) => {
    e.app = tx; // the answer then waits for the commit
    const db = tx.db();
    const known = arrayOf(new DynamicModel({ movement: "" }));
    db.newQuery("SELECT movement FROM keys WHERE user = {:user} AND key = {:key}").bind({ user, key }).all(known);
    if (known.length) throw new BadRequestError("This key was used.");
    const after = new DynamicModel({ balance: 0 });
    db.newQuery(
      "UPDATE products SET balance = balance + {:n} WHERE id = {:id} AND balance + {:n} >= 0 RETURNING balance"
    ).bind({ n: e.record.getInt("quantity"), id: e.record.getString("product") }).one(after);
    const next = new DynamicModel({ seq: 0 });
    db.newQuery("SELECT coalesce(max(seq), 0) + 1 AS seq FROM movements").one(next);
    e.record.set("seq", next.seq);
    e.record.set("balance_after", after.balance);
    e.record.set("recorded_by", user);
    e.next();
    db.newQuery("INSERT INTO keys (user, key, movement) VALUES ({:user}, {:key}, {:movement})")
      .bind({ user, key, movement: e.record.id }).execute();
    db.newQuery("INSERT INTO audit (tag, actor, subject) VALUES ('stock:movement:recorded', {:user}, {:subject})")
      .bind({ user, subject: e.record.id }).execute();
  });
}, "movements");
