"""Units: those that every shop has, as people write them, and those that an administrador adds."""

from tests.api.cast import Person, assert_problem, assert_refused

SAID = {
    "PC": "PÇ PÇS PCS pç. PÇA PCA peça peças PEÇAS",
    "UN": "UNI UND UNID unidade Unidades un. UNS Unidade(s) UN/",
    "CX": "CXS caixa CAIXAS",
    "DZ": "DÚZIA dúzias DUZIA",
    "M2": "M² m² MT2",
    "M3": "m³ M³",
    "M": "metro METROS mts MT",
    "KG": "kg Quilos kgs",
    "RL": "rolo ROLOS",
    "FD": "fardo Fardos",
    "SC": "saco SACOS",
    "JG": "jogo jogos",
    "GL": "galão GALÕES",
    "MIL": "milheiro",
    "PAR": "PR pares",
    "PCT": "pacotes PCTS",
    "L": "lts Litro",
}


def test_units_are_understood_as_people_write_them(ana: Person) -> None:
    words = [(said, code) for code, words in SAID.items() for said in words.split()]
    meant = {f"Produto {number}": word for number, word in enumerate(words)}
    for name, (said, code) in meant.items():
        assert ana.add(name, unidade=said).json["unidade"] == code, said

    imported = [{"nome": f"{name} importado", "unidade": said} for name, (said, _) in meant.items()]
    assert ana.post("/produtos/importar", imported).json["novos"] == len(meant)
    found = {row["nome"]: row["unidade"] for row in ana.get("/produtos").json}
    for name, (said, code) in meant.items():
        assert found[f"{name} importado"] == code, said


def test_an_administrador_adds_a_unit_and_products_are_counted_in_it(ana: Person, carla: Person) -> None:
    before = {unit["sigla"]: unit["decimais"] for unit in ana.get("/unidades").json}
    assert before["UN"] is False
    assert before["KG"] is True

    made = carla.post("/unidades", {"sigla": "ton", "nome": "tonelada", "decimais": True})
    carla.post("/unidades", {"sigla": "BD", "nome": "balde"})

    assert (made.status_code, made.json) == (201, {"sigla": "TON", "nome": "tonelada", "decimais": True})
    assert made.json in ana.get("/unidades").json
    sand = ana.add("Areia", unidade="TON", estoque_minimo=1.5).json
    assert (sand["unidade"], sand["decimais"]) == ("TON", True)
    assert ana.receive(sand["id"], 2.5).status_code == 201
    paint = ana.add("Tinta", unidade="bd").json
    assert_refused(ana.receive(paint["id"], 2.5), "quantidade")
    assert_refused(ana.change(paint["id"], "*", nome="Tinta", unidade="BD", estoque_minimo=0.5), "estoque_minimo")
    assert_problem(ana.change(sand["id"], "*", nome="Areia", unidade="BD"), 409, "unidade-em-uso")
    rows = [{"nome": "Cal", "unidade": "TON", "estoque_minimo": 0.5}, {"nome": "Gesso", "unidade": "SACA9"}]
    outcomes = ana.post("/produtos/importar", rows).json["linhas"]
    assert [row["resultado"] for row in outcomes] == ["novo", "recusado"]
    assert outcomes[1]["erros"][0]["campo"] == "unidade"


def test_a_unit_is_added_once_and_by_an_administrador(ana: Person, carla: Person) -> None:
    assert_problem(carla.post("/unidades", {"sigla": "PÇ", "nome": "peça"}), 409, "unidade-existente")
    assert_refused(carla.post("/unidades", {"sigla": "BALDES!", "nome": "balde"}), "sigla")
    assert ana.post("/unidades", {"sigla": "BD", "nome": "balde"}).status_code == 403


def test_one_product_is_shown_with_its_version(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 5)

    shown = ana.get(f"/produtos/{bolts}")

    assert shown.status_code == 200
    assert shown.json.items() >= {**ana.get("/produtos").json[0], "sku": None, "codigos": []}.items()
    assert shown.json["saldo"] == 5
    ana.receive(bolts, 1)
    tag = shown.headers["ETag"]
    assert ana.get(f"/produtos/{bolts}", headers={"If-None-Match": tag}).json["saldo"] == 6
    assert ana.change(bolts, tag, nome="Parafuso").status_code == 200
    assert_problem(ana.change(bolts, tag, nome="Parafuso"), 412, "versao-desatualizada")
    for unknown in ("p99", "p0", "x"):
        assert_problem(ana.get(f"/produtos/{unknown}"), 404, "produto-desconhecido")


def test_an_administrador_takes_away_a_unit_that_no_product_has(ana: Person, carla: Person) -> None:
    carla.post("/unidades", {"sigla": "BD", "nome": "balde"})
    ana.add("Tinta", unidade="BD")
    assert_problem(ana.ask("DELETE", "/unidades/BD"), 403, "papel-insuficiente")
    assert_problem(carla.ask("DELETE", "/unidades/BD"), 409, "unidade-fixa")
    assert_problem(carla.ask("DELETE", "/unidades/UN"), 409, "unidade-fixa")
    assert_problem(carla.ask("DELETE", "/unidades/XX"), 404, "unidade-desconhecida")

    ana.change("p1", "*", nome="Tinta", unidade="GL")
    assert carla.ask("DELETE", "/unidades/BD").status_code == 204

    assert "BD" not in [unit["sigla"] for unit in ana.get("/unidades").json]
    assert_refused(ana.add("Cal", unidade="BD"), "unidade")
