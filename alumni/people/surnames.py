"""How surnames are read, where a tool that knows only words would read them otherwise.

The readings are those that general dictionaries give under "used as a surname" (the notes
``姓`` of 现代汉语词典 and 新华字典), put down by hand. A family that reads its name in
another way (隗 Kuí, 覃 Tán, 尹 as it likes) corrects the person's pinyin; it is kept.

Characters are simplified; syllables of one surname are joined by ``-``; ``lyu`` is lǚ.
"""


def _table(text: str) -> dict[str, str]:
    words = text.split()
    return dict(
        zip(words[::2], (reading.replace("-", " ") for reading in words[1::2]), strict=True)
    )


SINGLE = _table("""
    曾 zeng    单 shan    解 xie     仇 qiu     查 zha     翟 zhai    区 ou      朴 piao
    盖 ge      缪 miao    覃 qin     员 yun     种 chong   薄 bo      牟 mu      隗 wei
    阚 kan     乐 yue     卜 bu      任 ren     华 hua     尉 wei     宁 ning    甯 ning
    应 ying    訾 zi      冼 xian    洗 xian    逄 pang    逯 lu      郇 xun     郗 xi
    郄 qie     谌 chen    晁 chao    召 shao    折 she     秘 bi      祭 zhai    纪 ji
    那 na      万 wan     燕 yan     车 che     石 shi     贾 jia     过 guo     葛 ge
    瞿 qu      佘 she     厍 she     亓 qi      仉 zhang   乜 nie     么 yao     幺 yao
    要 yao     句 gou     缑 gou     钭 tou     璩 qu      眭 sui     睢 sui     宓 mi
    宿 su      郐 kuai    柏 bai     伯 bo      费 fei     贲 ben     盛 sheng   臧 zang
    撒 sa      萨 sa      撖 han     俞 yu      褚 chu     妫 gui     昝 zan     笪 da
    相 xiang   强 qiang   繁 po      樊 fan     鲜 xian    咸 xian    教 jiao    叶 ye
    令 ling    能 nai     佴 nai     粘 nian    裴 pei     邳 pi      濮 pu      漆 qi
    綦 qi      谯 qiao    芮 rui     莘 shen    殳 shu     邰 tai     佟 tong    仝 tong
    庹 tuo     毋 wu      奚 xi      冠 guan    观 guan    颉 xie     胥 xu      禤 xuan
    鄢 yan     闫 yan     蔚 yu      苑 yuan    恽 yun     贠 yun     郓 yun     占 zhan
    甄 zhen    竺 zhu     都 du      哈 ha      郝 hao     和 he      滑 hua     郏 jia
    隽 juan    亢 kang    蒯 kuai    邝 kuang   郦 li      栗 li      陆 lu      闾 lyu
    吕 lyu     冒 mao     糜 mi      芈 mi      曲 qu      阙 que     炅 gui     炔 gui
    呙 guo     涡 guo     嵇 ji      矫 jiao    酆 feng    邴 bing    岑 cen     啜 chuai
    郜 gao     谷 gu      干 gan     阮 ruan    沈 shen    尹 yin     行 xing    降 jiang
""")

COMPOUND = _table("""
    欧阳 ou-yang      司马 si-ma       上官 shang-guan   诸葛 zhu-ge      夏侯 xia-hou
    皇甫 huang-fu     尉迟 yu-chi      慕容 mu-rong      令狐 ling-hu     东方 dong-fang
    公孙 gong-sun     长孙 zhang-sun   宇文 yu-wen       司徒 si-tu       端木 duan-mu
    南宫 nan-gong     独孤 du-gu       百里 bai-li       呼延 hu-yan      拓跋 tuo-ba
    拓拔 tuo-ba       万俟 mo-qi       澹台 tan-tai      单于 chan-yu     淳于 chun-yu
    申屠 shen-tu      太史 tai-shi     太叔 tai-shu      轩辕 xuan-yuan   钟离 zhong-li
    濮阳 pu-yang      赫连 he-lian     闻人 wen-ren      司空 si-kong     司寇 si-kou
    西门 xi-men       东郭 dong-guo    南门 nan-men      东门 dong-men    公冶 gong-ye
    公羊 gong-yang    公良 gong-liang  宗政 zong-zheng   鲜于 xian-yu     闾丘 lyu-qiu
    仲孙 zhong-sun    宰父 zai-fu      漆雕 qi-diao      颛孙 zhuan-sun   巫马 wu-ma
    亓官 qi-guan      夹谷 jia-gu      微生 wei-sheng    羊舌 yang-she    左丘 zuo-qiu
    第五 di-wu        完颜 wan-yan     纳兰 na-lan       耶律 ye-lyu      子车 zi-ju
    壤驷 rang-si      贺兰 he-lan      贺若 he-ruo       屈突 qu-tu       乞伏 qi-fu
    秃发 tu-fa        尔朱 er-zhu      哥舒 ge-shu       达奚 da-xi       段干 duan-gan
    爱新觉罗 ai-xin-jue-luo            叶赫那拉 ye-he-na-la
    钮祜禄 niu-hu-lu                   赫舍里 he-she-li
""")
"""Surnames of several characters. 梁丘, 乐正 and 谷梁 are left out: a 梁丘某 of today is a 梁."""

GIVEN = _table("""
    朝阳 chao-yang
    长 chang   晟 sheng   琢 zhuo   泊 bo   佛 fo   厦 xia   曾 zeng   都 du   卜 bu
""")
"""What given names have in mind where the commonest word has something else."""
