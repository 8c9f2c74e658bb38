"""Headings of columns that hold texts other than products' names, as people write them."""

PEOPLE = (
    "CPF", "CNPJ", "CPF/CNPJ", "CNPJ/CPF", "RG", "Nascimento", "Data de nascimento", "Telefone", "Tel", "Fone",
    "Celular", "WhatsApp", "E-mail", "Email", "Endereço", "Bairro", "Cidade", "CEP", "Sexo", "Cargo", "Função",
    "Salário", "Matrícula", "Admissão", "Data de admissão", "Profissão", "Estado civil",
)  # fmt: skip

TEXTS = (
    "Marca", "Fabricante", "Fornecedor", "Categoria", "Subcategoria", "Grupo", "Subgrupo", "Família", "Linha", "Seção",
    "Setor", "Departamento", "Tipo", "Classe", "Cor", "Tamanho", "Grade", "Tecido", "Gênero", "Coleção", "Autor",
    "Editora", "Embalagem", "Apresentação", "Princípio ativo", "Laboratório", "Aplicação", "Veículo", "Local",
    "Localização", "Prateleira", "Endereço no estoque", "Corredor", "Gôndola", "Estante", "Rua", "Bloco", "Andar",
    "Nível", "Posição", "Módulo", "Box", "Loja", "Filial", "Depósito", "Obs", "Observação", "Observações", "Comentário",
    "Anotações", "Status", "Situação", "Cliente", "Vendedor", "Funcionário",
    "Colaborador", "Responsável", "Usuário", "Contato", "Comprador", "Conta", "Despesa", "Receita", "Histórico",
    "Banco", "Pagamento", "Forma de pagamento", "Data", "Validade", "Vencimento", "Lote", "Série", "Nota fiscal",
    "NCM", "CEST", "CFOP", "CST", "Origem", "Link", "URL", "Imagem", "Foto",
)  # fmt: skip
"""Beside those of people."""
