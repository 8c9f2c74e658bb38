"""*Minha conta*, and *Usuários* for administrators."""
