package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
)

// labelled is H(L; x1..xm).
func labelled(label string, parts ...[]byte) []byte {
	h := sha256.New()
	for _, part := range append([][]byte{[]byte(label)}, parts...) {
		h.Write(u64(uint64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

// expand is X(label, n) under S.
func expand(seed, ctx []byte, label string, number []byte, n int) []byte {
	info := cat([]byte("sbe/1 "), []byte(label), number, []byte{0}, ctx)
	out, err := hkdf.Expand(sha512.New, seed, string(info), n)
	must(err)
	return out
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	must(err)
	aead, err := cipher.NewGCM(block)
	must(err)
	return aead
}

var kemID = []int{0, 0x0020, 0x0010, 0x647a}

// hpkeSuite is a suite_id of RFC 9180 with its labelled functions.
type hpkeSuite []byte

func (id hpkeSuite) extract(salt []byte, label string, ikm []byte) []byte {
	out, err := hkdf.Extract(sha256.New, cat([]byte("HPKE-v1"), id, []byte(label), ikm), salt)
	must(err)
	return out
}

func (id hpkeSuite) expand(prk []byte, label string, info []byte, n int) []byte {
	out, err := hkdf.Expand(sha256.New, prk, string(cat(u16(n), []byte("HPKE-v1"), id, []byte(label), info)), n)
	must(err)
	return out
}

// derived is DeriveKeyPair of RFC 9180 7.1.3 on a curve.
func derived(suite int, ikm []byte) *ecdh.PrivateKey {
	id := hpkeSuite(cat([]byte("KEM"), u16(kemID[suite])))
	prk := id.extract(nil, "dkp_prk", ikm)
	if suite == 1 {
		key, err := ecdh.X25519().NewPrivateKey(id.expand(prk, "sk", nil, 32))
		must(err)
		return key
	}
	for counter := 0; ; counter++ {
		key, err := ecdh.P256().NewPrivateKey(id.expand(prk, "candidate", u8(counter), 32))
		if err == nil {
			return key
		}
	}
}

// encapsulate gives the shared secret and enc that the ephemeral e_j stands for.
func encapsulate(suite int, pk, eph []byte) (secret, enc []byte) {
	if suite == 3 {
		lattice, err := mlkem.NewEncapsulationKey768(pk[:1184])
		must(err)
		one, ct, err := mlkemtest.Encapsulate768(lattice, eph[:32])
		must(err)
		key, err := ecdh.X25519().NewPrivateKey(eph[32:])
		must(err)
		two, theirs := agreed(key, pk[1184:]), key.PublicKey().Bytes()
		mixed := sha3.Sum256(cat(one, two, theirs, pk[1184:], []byte(`\.//^\`)))
		return mixed[:], cat(ct, theirs)
	}
	key := derived(suite, eph)
	enc = key.PublicKey().Bytes()
	id := hpkeSuite(cat([]byte("KEM"), u16(kemID[suite])))
	prk := id.extract(nil, "eae_prk", agreed(key, pk))
	return id.expand(prk, "shared_secret", cat(enc, pk), 32), enc
}

func agreed(key *ecdh.PrivateKey, pk []byte) []byte {
	point, err := key.Curve().NewPublicKey(pk)
	must(err)
	secret, err := key.ECDH(point)
	must(err)
	return secret
}

// wrap is HPKE.SealBase with the ephemeral from the seed, all of RFC 9180 that it takes.
func wrap(suite int, pk, eph, info, text []byte) []byte {
	secret, enc := encapsulate(suite, pk, eph)
	id := hpkeSuite(cat([]byte("HPKE"), u16(kemID[suite]), u16(1), u16(2)))
	context := cat([]byte{0}, id.extract(nil, "psk_id_hash", nil), id.extract(nil, "info_hash", info))
	prk := id.extract(secret, "secret", nil)
	key, nonce := id.expand(prk, "key", context, 32), id.expand(prk, "base_nonce", context, 12)
	return gcm(key).Seal(enc, nonce, text, nil)
}

// unwrap is HPKE.OpenBase as the standard library has it; known tells whether the private key belongs to the public one.
func unwrap(suite int, pk, sk, info, sealed []byte) (text []byte, known bool) {
	kem, err := hpke.NewKEM(uint16(kemID[suite]))
	must(err)
	key, err := kem.NewPrivateKey(sk)
	if err != nil || string(key.PublicKey().Bytes()) != string(pk) {
		return nil, false
	}
	if len(sealed) < encSize[suite] {
		return nil, true
	}
	text, err = hpke.Open(key, hpke.HKDFSHA256(), hpke.AES256GCM(), info, sealed)
	if err != nil {
		return nil, true
	}
	return text, true
}
