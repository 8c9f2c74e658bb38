PRAGMA application_id = 1095519576;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit_entries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at BIGINT NOT NULL, 
	tag VARCHAR(60) NOT NULL, 
	outcome VARCHAR(10) NOT NULL, 
	actor_id INTEGER, 
	subject VARCHAR(60), 
	cause VARCHAR(200), 
	address VARCHAR(45), 
	request_id VARCHAR(36), 
	CONSTRAINT fk_audit_entries_actor_id_users FOREIGN KEY(actor_id) REFERENCES users (id)
);
INSERT INTO "audit_entries" VALUES(1,1795889261991986,'accounts:user:registered','SUCESSO',1,'u1','ativo','127.0.0.1','1896b3d003a2d4a0');
INSERT INTO "audit_entries" VALUES(2,1795889262193254,'accounts:user:registered','SUCESSO',2,'u2','ativo','127.0.0.1','324dd68c3eedd63a');
INSERT INTO "audit_entries" VALUES(3,1795889262398790,'accounts:login:failed','ERRO',1,'u1','WrongCredentials','127.0.0.1','359e93f0d4f8fe43');
INSERT INTO "audit_entries" VALUES(4,1795889262507541,'accounts:login:succeeded','SUCESSO',1,'u1',NULL,'127.0.0.1','cc8f77bcc6da4ef7');
INSERT INTO "audit_entries" VALUES(5,1795889262534126,'catalog:product:created','SUCESSO',1,'p1',NULL,'127.0.0.1','ff948fe6bbc2e11f');
INSERT INTO "audit_entries" VALUES(6,1795889262542931,'catalog:product:created','SUCESSO',1,'p2',NULL,'127.0.0.1','db4fa893b98fd67b');
INSERT INTO "audit_entries" VALUES(7,1795889262553060,'stock:movement:recorded','SUCESSO',1,'m1',NULL,'127.0.0.1','379d16d7d6e0d49b');
INSERT INTO "audit_entries" VALUES(8,1795889262556464,'stock:movement:recorded','SUCESSO',1,'m2',NULL,'127.0.0.1','e1335ca263fb936b');
INSERT INTO "audit_entries" VALUES(9,1795889262563947,'stock:movement:recorded','SUCESSO',1,'m3',NULL,'127.0.0.1','2c8e2c64ef493623');
INSERT INTO "audit_entries" VALUES(10,1795889262572572,'stock:movement:recorded','SUCESSO',1,'m4',NULL,'127.0.0.1','24efe6e5ad18b925');
INSERT INTO "audit_entries" VALUES(11,1795889262581157,'stock:movement:reversed','SUCESSO',1,'m4',NULL,'127.0.0.1','a431ae5283f55ac0');
INSERT INTO "audit_entries" VALUES(12,1795889262592805,'clients:window:closed','SISTEMA',1,'u1',NULL,'127.0.0.1','9344119d3298b909');
CREATE TABLE balances (
	shop_id INTEGER NOT NULL, 
	product_id INTEGER NOT NULL, 
	quantity BIGINT NOT NULL, 
	CONSTRAINT pk_balances PRIMARY KEY (shop_id, product_id), 
	CONSTRAINT fk_balances_product_id_products FOREIGN KEY(product_id) REFERENCES products (id), 
	CONSTRAINT fk_balances_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id), 
	CONSTRAINT ck_balances_whole_numbers CHECK (typeof(quantity) = 'integer')
);
INSERT INTO "balances" VALUES(1,1,430000);
INSERT INTO "balances" VALUES(1,2,25000);
CREATE TABLE idempotency_keys (
	user_id INTEGER NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	fingerprint BLOB NOT NULL, 
	row_id INTEGER NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, "key"), 
	CONSTRAINT fk_idempotency_keys_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
)
 WITHOUT ROWID

;
INSERT INTO "idempotency_keys" VALUES(1,'7a1ed79f-ce33-413f-b6cc-acaa44b4959b',X'1C0124198B068B0038131028CBA96A2733C9067D167D849CD05ED981762754AC',3);
INSERT INTO "idempotency_keys" VALUES(1,'813e2695-ca94-4f19-97da-d1882f915897',X'AF6330FC4B322416BC073FCF1D34DC9826900805A614847A040A32E7A7368ED9',5);
INSERT INTO "idempotency_keys" VALUES(1,'8539d617-277f-4caa-bc72-660a989c1162',X'8537ABA383C6A047929541EF61F714913BAD0BE02117B6022E9C5B77EB086DE2',1);
INSERT INTO "idempotency_keys" VALUES(1,'8b6566af-ec3e-4c54-a8f0-baf98a8c8f2b',X'CA15D1B0AD16007D86B980056FC2570694906A8A9BAE54EFE7325368F5F55EDC',4);
INSERT INTO "idempotency_keys" VALUES(1,'aa40538a-e7ec-4d54-86a3-274c0e767f70',X'559E850A446E264FC071F7A750A688C8E2641397DEB92A26DE8CC7B0B9352971',2);
INSERT INTO "idempotency_keys" VALUES(1,'bebb1664-116d-49b0-b562-0384a3c56424',X'A32FD17ED4CBD1E4EB2D3EF3CE551A0DCDF79F1188E71BD47E8BB64368C276EA',2);
INSERT INTO "idempotency_keys" VALUES(1,'e7667056-494c-421a-9b8e-4fd19feeb171',X'0310D8EB6BE93270E59A09A4C8E376D82C22E91A6B0645B3C9228320E4456783',1);
CREATE TABLE login_failures (
	id INTEGER NOT NULL, 
	name_hash VARCHAR(32) NOT NULL, 
	address VARCHAR(45) NOT NULL, 
	failed_at BIGINT NOT NULL, 
	CONSTRAINT pk_login_failures PRIMARY KEY (id)
);
CREATE TABLE login_sessions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	CONSTRAINT fk_login_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "login_sessions" VALUES(1,1,1795889262503732,NULL);
CREATE TABLE movements (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	shop_id INTEGER NOT NULL, 
	product_id INTEGER NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	quantity BIGINT NOT NULL, 
	effect BIGINT NOT NULL, 
	balance_after BIGINT NOT NULL, 
	reason VARCHAR(200), 
	document VARCHAR(120), 
	supplier VARCHAR(120), 
	recorded_by INTEGER NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	occurred_at BIGINT NOT NULL, 
	is_clock_corrected BOOLEAN NOT NULL, 
	is_below_zero BOOLEAN NOT NULL, 
	reverses INTEGER, 
	CONSTRAINT fk_movements_product_id_products FOREIGN KEY(product_id) REFERENCES products (id), 
	CONSTRAINT fk_movements_recorded_by_users FOREIGN KEY(recorded_by) REFERENCES users (id), 
	CONSTRAINT fk_movements_reverses_movements FOREIGN KEY(reverses) REFERENCES movements (seq), 
	CONSTRAINT fk_movements_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id), 
	CONSTRAINT ck_movements_whole_numbers CHECK (typeof(quantity) = 'integer' AND typeof(effect) = 'integer' AND typeof(balance_after) = 'integer'), 
	CONSTRAINT ck_movements_whole_moments CHECK (typeof(recorded_at) = 'integer' AND typeof(occurred_at) = 'integer'), 
	CONSTRAINT uq_movements_reverses UNIQUE (reverses)
);
INSERT INTO "movements" VALUES(1,1,1,'entrada',500000,500000,500000,NULL,NULL,NULL,1,1795889262552755,1795889262552755,0,0,NULL);
INSERT INTO "movements" VALUES(2,1,2,'entrada',25000,25000,25000,NULL,'NF 12',NULL,1,1795889262556360,1795889262556360,0,0,NULL);
INSERT INTO "movements" VALUES(3,1,1,'saida',70000,-70000,430000,'venda',NULL,NULL,1,1795889262563630,1795889262563630,0,0,NULL);
INSERT INTO "movements" VALUES(4,1,1,'entrada',30000,30000,460000,NULL,NULL,NULL,1,1795889262572428,1795889262572428,0,0,NULL);
INSERT INTO "movements" VALUES(5,1,1,'estorno',30000,-30000,430000,'engano',NULL,NULL,1,1795889262580941,1795889262580941,0,0,4);
CREATE TABLE products (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR(200) NOT NULL, 
	name_folded VARCHAR(600) NOT NULL, 
	unit VARCHAR(6) NOT NULL, 
	barcode VARCHAR(14), 
	minimum_stock BIGINT, 
	price BIGINT, 
	is_active BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by INTEGER NOT NULL, 
	CONSTRAINT fk_products_created_by_users FOREIGN KEY(created_by) REFERENCES users (id), 
	CONSTRAINT ck_products_whole_numbers CHECK (typeof(price) IN ('integer', 'null') AND typeof(minimum_stock) IN ('integer', 'null')), 
	CONSTRAINT uq_products_barcode UNIQUE (barcode), 
	CONSTRAINT uq_products_name_folded UNIQUE (name_folded)
);
INSERT INTO "products" VALUES(1,'Parafuso 10mm','parafuso 10mm','UN','7891000100103',50000,50,1,1,1795889262530836,1);
INSERT INTO "products" VALUES(2,'Arame (kg)','arame (kg)','KG',NULL,NULL,NULL,1,1,1795889262542244,1);
CREATE TABLE shops (
	id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	name_folded VARCHAR(400) NOT NULL, 
	policy VARCHAR(10) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_shops PRIMARY KEY (id), 
	CONSTRAINT uq_shops_name_folded UNIQUE (name_folded)
);
INSERT INTO "shops" VALUES(1,'Matriz','matriz','bloquear',1795889261492890);
CREATE TABLE user_shops (
	user_id INTEGER NOT NULL, 
	shop_id INTEGER NOT NULL, 
	CONSTRAINT pk_user_shops PRIMARY KEY (user_id, shop_id), 
	CONSTRAINT fk_user_shops_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id), 
	CONSTRAINT fk_user_shops_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "user_shops" VALUES(1,1);
INSERT INTO "user_shops" VALUES(2,1);
CREATE TABLE users (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	username VARCHAR(60) NOT NULL, 
	username_folded VARCHAR(180) NOT NULL, 
	password_hash VARCHAR(255), 
	is_password_weak BOOLEAN NOT NULL, 
	must_change_password BOOLEAN NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	generation INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	last_login_at BIGINT, 
	CONSTRAINT uq_users_username_folded UNIQUE (username_folded)
);
INSERT INTO "users" VALUES(1,'admin','admin','scrypt:32768:8:1$eTwNTjQbcJsYJh9C$742462d63c24c112a47530fd14f62730a71c036e44667084ccd046a8473711c8a8bc790404a74c52165cc7d38b6cd8899628dfa1d9d76ba91b87373037e82408',1,0,'administrador','ativo',1,1795889261983990,1795889262503732);
INSERT INTO "users" VALUES(2,'Ana Conceição','ana conceição','scrypt:32768:8:1$yx2BoxSf3L1ozrTZ$07b087b9712b320a0458c4faf7db516e0dc47223e66ba75c732eb7a7316d8f5ae5f081f2b0144928df51f256d62aae62be3212bccbd9e678871b6dc0590fb517',0,0,'estoquista','ativo',1,1795889262191972,NULL);
CREATE INDEX ix_login_sessions_user_id ON login_sessions (user_id);
CREATE INDEX ix_login_failures_address ON login_failures (address);
CREATE INDEX ix_login_failures_failed_at ON login_failures (failed_at);
CREATE INDEX ix_login_failures_name_hash_address ON login_failures (name_hash, address);
CREATE INDEX ix_balances_product_id ON balances (product_id);
CREATE INDEX ix_movements_product_id_seq ON movements (product_id, seq);
CREATE INDEX ix_movements_recorded_at ON movements (recorded_at);
CREATE INDEX ix_audit_entries_actor_id_recorded_at ON audit_entries (actor_id, recorded_at);
CREATE TRIGGER movements_refuse_update BEFORE UPDATE ON movements BEGIN SELECT RAISE(ABORT, 'movements is insert-only'); END;
CREATE TRIGGER movements_refuse_delete BEFORE DELETE ON movements BEGIN SELECT RAISE(ABORT, 'movements is insert-only'); END;
CREATE TRIGGER audit_entries_refuse_update BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;
CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('users',2);
INSERT INTO "sqlite_sequence" VALUES('audit_entries',12);
INSERT INTO "sqlite_sequence" VALUES('login_sessions',1);
INSERT INTO "sqlite_sequence" VALUES('products',2);
INSERT INTO "sqlite_sequence" VALUES('movements',5);
COMMIT;
