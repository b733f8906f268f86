/**
 * Mandarin readings of the Chinese characters that stand in names, without tones: family names, usual given names, and
 * the characters that write the sound of foreign names. A character that is not here is kept as it is.
 */
const readings = `
  a阿 ai艾爱埃 an安 ang昂 ao奥敖 ba巴 bai白柏 ban班 bao宝包保鲍 bei贝北 ben本 bi比毕碧 bin斌彬滨 bing冰兵炳 bo波博伯柏 bu布卜
  cai蔡才彩 can灿 cao曹 ce策 cen岑 chai柴 chang常昌长畅 chao超朝晁 che车 chen陈晨辰沈 cheng程成诚城承 chi池迟 chong崇 chu楚初储 chuan川传 chun春纯淳
  cui崔翠 da达大 dai戴代 dan丹旦 dang党 dao道 de德 deng邓登 di迪狄帝 diao刁 ding丁定 dong东冬董栋 dou窦 du杜都 duan段端 dun敦顿 duo多 e俄娥 en恩 er尔二
  fa发法 fan范凡樊帆 fang方芳房 fei飞费菲 fen芬 feng冯风凤峰锋丰枫 fu傅福付富芙弗夫甫 gai盖 gan甘 gang刚钢 gao高 ge葛戈格歌 gen根 geng耿 gong龚宫功
  gou苟 gu顾古谷 guan关官冠 guang光广 gui桂贵 guo郭国果 ha哈 hai海 han韩汉涵寒 hang航杭 hao郝浩豪昊皓 he何贺和赫河 hei黑 heng恒亨 hong洪红宏虹鸿
  hou侯厚 hu胡虎湖 hua华花 huai怀 huan欢环 huang黄煌 hui惠慧辉会 huo霍 ji季纪吉姬佳基 jia贾佳家嘉加 jian建健剑坚简 jiang江姜蒋疆 jiao焦娇 jie杰洁捷
  jin金近进锦晋靳津 jing静景晶京敬靖 jiu久 ju菊居 juan娟 jun军俊君钧 ka卡 kai凯开 kang康 ke柯克科可 ken肯 kong孔 kou寇 ku库 kuang邝匡 kui奎 kun坤昆
  la拉 lai赖莱 lan兰蓝岚 lang郎朗 lao劳 le乐勒 lei雷蕾磊 leng冷 li李黎丽力立莉利里理礼厉 lian连廉莲 liang梁良亮 liao廖 lin林琳霖 ling凌玲灵 liu刘柳
  long龙隆 lou楼娄 lu卢陆鲁路吕露卢罗 luan栾 lun伦 luo罗洛骆 ma马玛麻 mai麦 man曼满 mao毛茂 mei梅美媚 men门 meng孟梦萌蒙 mi米 miao苗 min敏民闵 ming明铭
  mo莫默 mu穆木慕姆 na娜纳 nan南 ni尼倪妮 nian年 ning宁 niu牛 nuo诺 ou欧 pan潘盼 pang庞 pei裴佩 peng彭鹏 pi皮 ping平萍 pu浦蒲普 qi齐琪奇祁戚 qian钱倩
  qiang强 qiao乔 qin秦琴勤 qing青清庆晴 qiu邱秋丘裘 qu曲屈瞿 quan全权泉 ran冉 rao饶 ren任仁 rong荣容蓉 rou柔 ru茹如 ruan阮 rui瑞锐 run润 ruo若 sa萨
  sang桑 se塞瑟 sha沙莎 shan山珊单 shang尚商 shao邵少 she佘 shen申深神 sheng盛胜生圣 shi石史施时世诗士师 shou寿 shu舒淑书树 shuai帅 shuang双 shui水
  shun顺 si斯司思丝 song宋松 su苏素 sun孙 suo索 ta塔 tai泰太 tan谭谈 tang唐汤堂 tao陶涛桃 te特 teng滕 ti提 tian田天甜 tie铁 ting婷亭 tong童佟彤 tu涂屠图
  wan万婉 wang王汪旺望 wei魏韦伟卫薇威维为巍 wen文温雯闻 weng翁 wo沃 wu吴武伍邬 xi习席西希熙喜 xia夏霞 xian先贤 xiang向项翔香祥 xiao肖萧小晓笑 xie谢解
  xin新欣辛鑫馨心 xing邢星兴 xiong熊雄 xiu秀修 xu徐许旭 xuan宣轩萱 xue薛雪学 xun荀 ya亚雅娅 yan严颜阎燕艳岩彦妍言 yang杨阳洋扬羊 yao姚瑶耀 ye叶业
  yi易伊怡义毅艺依一仪逸 yin尹殷银音 ying英应颖莹 yong勇永 you尤游友 yu于余俞玉宇雨喻郁虞 yuan袁元媛远源 yue岳月悦越 yun云芸 za扎 zai在 zan赞 zang臧
  zeng曾增 zha查 zhai翟 zhan詹展 zhang张章彰 zhao赵昭兆 zhe哲 zhen甄珍真振震 zheng郑正政峥 zhi志智芝 zhong钟仲中忠 zhou周舟 zhu朱祝竹珠 zhuang庄
  zhuo卓 zi子紫 zong宗 zou邹 zu祖 zuo左
  chen陳 zhang張 liu劉 yang楊 huang黃 zhao趙 wu吳 sun孫 zheng鄭 xie謝 ye葉 xu許 lu盧陸呂 xiao蕭 feng馮鳳鋒 han韓 ye葉 deng鄧 zou鄒 zhong鍾 guo國 wei偉衛韋維
  li麗 hua華 jun軍 jian劍堅 ming銘 fei飛 long龍 mei美 yun雲 ma馬瑪 luo羅駱 ou歐 ao奧 ai愛 bei貝 te特 er爾 na納 sa薩 si絲 hui輝會 qing慶 zhen貞 shu樹 xue學 jie傑潔
  lan蘭藍 ling靈 feng豐楓 yu餘 qian錢 su蘇 lai賴 gu顧 tan譚 ding定 kang康 jiang蔣 jia賈 yan嚴顏閻 wan萬 du杜 shi詩時 guan關 bao寶鮑 qi齊 qiao喬 tang湯 tao濤 xing興`

const readingOf = new Map<string, string>()
for (const word of readings.trim().split(/\s+/)) {
  const sound = /^[a-z]+/.exec(word)?.[0] ?? ''
  for (const character of word.slice(sound.length)) if (!readingOf.has(character)) readingOf.set(character, sound)
}

/** A word in Chinese characters by its sound; null when a character is not known. */
export function fromHan(word: string): string | null {
  let made = ''
  for (const character of word) {
    const sound = readingOf.get(character)
    if (sound === undefined) return null
    made += sound
  }
  return made
}
