"""AES of one block, by what the runtime has: cryptolib on boards, cryptography elsewhere."""

try:
    import cryptolib

    def aes(key):
        return cryptolib.aes(key, 1).encrypt

except ImportError:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    def aes(key):
        return Cipher(algorithms.AES128(key), modes.ECB()).encryptor().update
