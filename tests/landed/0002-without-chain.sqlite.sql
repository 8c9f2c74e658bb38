PRAGMA application_id = 1095519576;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
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
INSERT INTO "audit_entries" VALUES(1,1795889267303401,'accounts:user:registered','SUCESSO',1,'u1','ativo','127.0.0.1','03320564ff28d94d');
INSERT INTO "audit_entries" VALUES(2,1795889267492937,'accounts:user:registered','SUCESSO',2,'u2','ativo','127.0.0.1','32b342e03fbdae67');
INSERT INTO "audit_entries" VALUES(3,1795889267613251,'accounts:login:failed','ERRO',1,'u1','WrongCredentials','127.0.0.1','d26f4112de00a7ac');
INSERT INTO "audit_entries" VALUES(4,1795889267723189,'accounts:login:succeeded','SUCESSO',1,'u1',NULL,'127.0.0.1','aa96331015a6e57a');
INSERT INTO "audit_entries" VALUES(5,1795889267734509,'catalog:product:created','SUCESSO',1,'p1',NULL,'127.0.0.1','44083d8ee66a7877');
INSERT INTO "audit_entries" VALUES(6,1795889267737752,'catalog:product:created','SUCESSO',1,'p2',NULL,'127.0.0.1','81d300208e74b9bc');
INSERT INTO "audit_entries" VALUES(7,1795889267740426,'stock:movement:recorded','SUCESSO',1,'m1',NULL,'127.0.0.1','4a7d3297e46beed7');
INSERT INTO "audit_entries" VALUES(8,1795889267742625,'stock:movement:recorded','SUCESSO',1,'m2',NULL,'127.0.0.1','cf4256eb4e471c7f');
INSERT INTO "audit_entries" VALUES(9,1795889267744851,'stock:movement:recorded','SUCESSO',1,'m3',NULL,'127.0.0.1','8df4fc659d197cf8');
INSERT INTO "audit_entries" VALUES(10,1795889267746632,'stock:movement:recorded','SUCESSO',1,'m4',NULL,'127.0.0.1','f9025836ac3b9e74');
INSERT INTO "audit_entries" VALUES(11,1795889267748420,'stock:movement:reversed','SUCESSO',1,'m4',NULL,'127.0.0.1','d81b10e9a624b624');
INSERT INTO "audit_entries" VALUES(12,1795889267750135,'catalog:product:created','SUCESSO',1,'p3','importação','127.0.0.1','a9c89f801fc4a4d7');
INSERT INTO "audit_entries" VALUES(13,1795889267754889,'accounts:user:registered','SUCESSO',1,'u3',NULL,'127.0.0.1','70ebfae5bdcd9276');
INSERT INTO "audit_entries" VALUES(14,1795889267759754,'calendar:event:created','SUCESSO',1,'e1',NULL,'127.0.0.1','2ff5b9e9d596a278');
INSERT INTO "audit_entries" VALUES(15,1795889267763556,'accounts:user:erased','SUCESSO',1,'u3',NULL,'127.0.0.1','9a233a7826f99464');
INSERT INTO "audit_entries" VALUES(16,1795889267766794,'clients:window:closed','SISTEMA',1,'u1',NULL,'127.0.0.1','219efd6eb3d06deb');
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
CREATE TABLE calendar_events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	shop_id INTEGER NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	starts_at BIGINT NOT NULL, 
	ends_at BIGINT, 
	description VARCHAR(2000), 
	created_by INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT fk_calendar_events_created_by_users FOREIGN KEY(created_by) REFERENCES users (id), 
	CONSTRAINT fk_calendar_events_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id)
);
INSERT INTO "calendar_events" VALUES(1,1,'Entrega',1795784400000000,NULL,NULL,1,1795889267758556);
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
INSERT INTO "idempotency_keys" VALUES(1,'58cf72b3-2922-477d-9e50-ce67173fc4a2',X'A32FD17ED4CBD1E4EB2D3EF3CE551A0DCDF79F1188E71BD47E8BB64368C276EA',2);
INSERT INTO "idempotency_keys" VALUES(1,'5d474b8a-0917-4121-8886-2f20a31e61ea',X'1C0124198B068B0038131028CBA96A2733C9067D167D849CD05ED981762754AC',3);
INSERT INTO "idempotency_keys" VALUES(1,'5ec73258-ff30-481e-a26c-878ea67af3a1',X'7BC599861DC5017F676A3E79EA0DA82D686EFB73F37FEC122ACE7BE0B6B4BE73',1);
INSERT INTO "idempotency_keys" VALUES(1,'67a6a283-d44c-45e5-b0c6-392cd09e6740',X'559E850A446E264FC071F7A750A688C8E2641397DEB92A26DE8CC7B0B9352971',2);
INSERT INTO "idempotency_keys" VALUES(1,'8b8c885b-ffc0-4aef-80a7-584685d4310c',X'8537ABA383C6A047929541EF61F714913BAD0BE02117B6022E9C5B77EB086DE2',1);
INSERT INTO "idempotency_keys" VALUES(1,'e2649500-1c52-4f15-bb69-7a2798cc4ded',X'AF6330FC4B322416BC073FCF1D34DC9826900805A614847A040A32E7A7368ED9',5);
INSERT INTO "idempotency_keys" VALUES(1,'e32f933f-96f9-43b3-acc8-401ac5980ad5',X'CA15D1B0AD16007D86B980056FC2570694906A8A9BAE54EFE7325368F5F55EDC',4);
INSERT INTO "idempotency_keys" VALUES(1,'fc701c09-87c0-4434-84a5-628b60920fdf',X'0310D8EB6BE93270E59A09A4C8E376D82C22E91A6B0645B3C9228320E4456783',1);
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
INSERT INTO "login_sessions" VALUES(1,1,1795889267719716,NULL);
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
	CONSTRAINT ck_movements_whole_moments CHECK (typeof(recorded_at) = 'integer' AND typeof(occurred_at) = 'integer')
);
INSERT INTO "movements" VALUES(1,1,1,'entrada',500000,500000,500000,NULL,NULL,NULL,1,1795889267740148,1795889267740148,0,0,NULL);
INSERT INTO "movements" VALUES(2,1,2,'entrada',25000,25000,25000,NULL,'NF 12',NULL,1,1795889267742467,1795889267742467,0,0,NULL);
INSERT INTO "movements" VALUES(3,1,1,'saida',70000,-70000,430000,'venda',NULL,NULL,1,1795889267744777,1795889267744777,0,0,NULL);
INSERT INTO "movements" VALUES(4,1,1,'entrada',30000,30000,460000,NULL,NULL,NULL,1,1795889267746562,1795889267746562,0,0,NULL);
INSERT INTO "movements" VALUES(5,1,1,'estorno',30000,-30000,430000,'engano',NULL,NULL,1,1795889267748292,1795889267748292,0,0,4);
CREATE TABLE product_imports (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	imported_by INTEGER NOT NULL, 
	imported_at BIGINT NOT NULL, 
	report BLOB NOT NULL, 
	CONSTRAINT fk_product_imports_imported_by_users FOREIGN KEY(imported_by) REFERENCES users (id)
);
INSERT INTO "product_imports" VALUES(1,1,1795889267750262,X'789C3D8C310AC4300C04FFB2B58B84EBFC9590425C44CE20EC205B6942FE7EB203E96619762EEC4A276D05B1A971402E67A9887300496375E36B0A48BB517A50F96BF51592F28F1C97EBC1F155AE266D6447111ED89C8F0FBA3CB8316236910056EDA53EEEF5FE037CBE2FB2');
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
INSERT INTO "products" VALUES(1,'Parafuso 10mm','parafuso 10mm','UN','7891000100103',50000,50,1,1,1795889267732801,1);
INSERT INTO "products" VALUES(2,'Arame (kg)','arame (kg)','KG',NULL,NULL,NULL,1,1,1795889267737225,1);
INSERT INTO "products" VALUES(3,'Porca 10mm','porca 10mm','UN',NULL,NULL,NULL,1,1,1795889267750028,1);
CREATE TABLE shops (
	id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	name_folded VARCHAR(400) NOT NULL, 
	policy VARCHAR(10) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_shops PRIMARY KEY (id), 
	CONSTRAINT uq_shops_name_folded UNIQUE (name_folded)
);
INSERT INTO "shops" VALUES(1,'Matriz','matriz','bloquear',1795889267046297);
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
	last_login_at BIGINT, full_name VARCHAR(200), email VARCHAR(254), age INTEGER, erased_at BIGINT, 
	CONSTRAINT uq_users_username_folded UNIQUE (username_folded)
);
INSERT INTO "users" VALUES(1,'admin','admin','scrypt:32768:8:1$GPVtIfoamlymtQIy$e579025ef2115e60f248f3f8b91d85ee10f0715811d60499d6444109f7787dd69e77975cb30c06dbb93c4f610a9ffd55bd64e44a18ae6e7f4ef204c40245cb14',1,0,'administrador','ativo',1,1795889267299576,1795889267719716,NULL,NULL,NULL,NULL);
INSERT INTO "users" VALUES(2,'Ana Conceição','ana conceição','scrypt:32768:8:1$rg1omOkTNdQ1l53J$6e34ae1fb2634815eaa75a6e9b059272e1b78cfc7c4a1803d2ef0112d5a4ed0769a3e942b37365577057c481ed99fe586a9eba41b002990bbfb592f663063c9f',0,0,'estoquista','ativo',1,1795889267491393,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "users" VALUES(3,'Usuário removido #3','/removido/3',NULL,0,0,'vendedor','inativo',2,1795889267751860,NULL,NULL,NULL,NULL,1795889267762325);
CREATE INDEX ix_login_sessions_user_id ON login_sessions (user_id);
CREATE INDEX ix_login_failures_address ON login_failures (address);
CREATE INDEX ix_login_failures_failed_at ON login_failures (failed_at);
CREATE INDEX ix_login_failures_name_hash_address ON login_failures (name_hash, address);
CREATE INDEX ix_balances_product_id ON balances (product_id);
CREATE UNIQUE INDEX uq_movements_reverses ON movements (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX ix_movements_product_id_seq ON movements (product_id, seq);
CREATE INDEX ix_movements_recorded_at ON movements (recorded_at);
CREATE INDEX ix_audit_entries_actor_id_recorded_at ON audit_entries (actor_id, recorded_at);
CREATE TRIGGER movements_refuse_update BEFORE UPDATE ON movements BEGIN SELECT RAISE(ABORT, 'movements is insert-only'); END;
CREATE TRIGGER movements_refuse_delete BEFORE DELETE ON movements BEGIN SELECT RAISE(ABORT, 'movements is insert-only'); END;
CREATE TRIGGER audit_entries_refuse_update BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;
CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;
CREATE INDEX ix_calendar_events_starts_at_id ON calendar_events (starts_at, id);
CREATE INDEX ix_audit_entries_subject_recorded_at ON audit_entries (subject, recorded_at) WHERE subject LIKE 'u%';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('users',3);
INSERT INTO "sqlite_sequence" VALUES('audit_entries',16);
INSERT INTO "sqlite_sequence" VALUES('login_sessions',1);
INSERT INTO "sqlite_sequence" VALUES('products',3);
INSERT INTO "sqlite_sequence" VALUES('movements',5);
INSERT INTO "sqlite_sequence" VALUES('product_imports',1);
INSERT INTO "sqlite_sequence" VALUES('calendar_events',1);
COMMIT;
